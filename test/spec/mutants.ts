/** A small fault in `proposed`: in its compiled text, `from` becomes `to`. */
export interface Mutant {
  readonly name: string;
  /** The rule that is meant to find it. */
  readonly breaks: string;
  readonly from: string;
  readonly to: string;
  /** Which occurrence of `from`, 0 the first. Default: it occurs once. */
  readonly occurrence?: number;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'Create does not say that it is starting',
    breaks: 'no exit is lost',
    from: 's.starting[call] = true;',
    to: '',
    occurrence: 0,
  },
  {
    name: 'Start of an exec does not say so',
    breaks: 'no exit is lost',
    from: 's.starting[call] = true;',
    to: '',
    occurrence: 1,
  },
  {
    name: 'Announce leaves the start in flight',
    breaks: 'no subscriber is left behind',
    from: 's.starting[call] = false;',
    to: '',
    occurrence: 0,
  },
  {
    name: 'Giving up leaves the start in flight',
    breaks: 'no exit is lost',
    from: 's.starting[call] = false;',
    to: '',
    occurrence: 1,
  },
  {
    name: 'the process is not entered in running',
    breaks: 'no exit is lost',
    from: 's.running[p.pid] = [process];',
    to: '',
  },
  {
    name: 'the start is not announced',
    breaks: 'start precedes exit',
    from: 'send(s, { topic, process, pid: p.pid });',
    to: '',
  },
  {
    name: 'Announce does not look for a held exit',
    breaks: 'no exit is lost',
    from: 'settle(s, containerOf(process));',
    to: '',
    occurrence: 0,
  },
  {
    name: 'Giving up does not look for a held exit',
    breaks: 'no exit is lost',
    from: 'settle(s, containerOf(process));',
    to: '',
    occurrence: 1,
  },
  {
    name: 'Giving up keeps p.mu',
    breaks: 'no deadlock',
    from: "if (methodOf(call) === 'start')\n        p.mu = null;",
    to: '',
  },
  { name: 'Announce keeps p.mu', breaks: 'no deadlock', from: 'p.mu = null;', to: '', occurrence: 0 },
  {
    name: 'Giving up lets nobody go who waits',
    breaks: 'every Wait returns',
    from: "if (!isInit(process))\n        p.waitBlock = 'closed';",
    to: '',
  },
  {
    name: 'any zombie is reaped at once',
    breaks: 'no exit is lost',
    from: 'owner === undefined && Object.values(s.starting).some(Boolean)',
    to: 'false',
  },
  {
    name: 'foreign zombies are never reaped',
    breaks: 'no zombie is left behind',
    from: 'owner === undefined && Object.values(s.starting).some(Boolean)',
    to: 'owner === undefined',
  },
  {
    name: 'a reaped process stays in running',
    breaks: 'running holds no dead process',
    from: 's.running[pid] = [];',
    to: '',
  },
  {
    name: "an init's exit is published at once",
    breaks: 'start precedes exit',
    from: 'at(s.held, owner).e = e;',
    to: 'publishExit(s, owner, e);',
  },
  {
    name: "an exec's exit is not published",
    breaks: 'no exit is lost',
    from: 'publishExit(s, owner, e);',
    to: ';',
  },
  {
    name: 'the reaper does not look for a held exit',
    breaks: 'no exit is lost',
    from: 'settle(s, containerOf(owner));',
    to: '',
  },
  {
    name: "an init's exit does not wait for its Start",
    breaks: 'start precedes exit',
    from: ' || isInitStarting(s, c)',
    to: '',
  },
  {
    name: "an init's exit does not wait for KillAll",
    breaks: "no orphan after an init's exit",
    from: "at(s.bundles, c).sharedPidNamespace && kill !== 'done'",
    to: 'false',
  },
  {
    name: "an init's exit does not wait for running execs",
    breaks: "an init's exit is the last of its container",
    from: 'cp !== undefined && containerOf(cp) === c',
    to: 'false',
  },
  {
    name: 'KillAll does not wait for starting execs',
    breaks: "no orphan after an init's exit",
    from: ' || isExecStarting(s, c))',
    to: ')',
  },
  { name: 'KillAll kills nobody', breaks: 'no exit is lost', from: 'endContainer(s, c);', to: '' },
  { name: 'KillAll does not look for a held exit', breaks: 'no exit is lost', from: 'settle(s, c);', to: '' },
  {
    name: 'a created task that was deleted still exits',
    breaks: 'nothing follows the delete',
    from: 'if (isInit(process) && !at(s.containers, process))\n        return;',
    to: '',
  },
  {
    name: 'the exit is set and not sent',
    breaks: 'no exit is lost',
    from: "send(s, { topic: 'exit', process, pid: e.pid, of: e.of });",
    to: '',
  },
  {
    name: 'the exit is sent and Wait not let go',
    breaks: 'every Wait returns',
    from: "p.waitBlock = 'closed';\n    if (isInit(process) && !at",
    to: 'if (isInit(process) && !at',
  },
  {
    name: 'the exit is sent and the process still running',
    breaks: 'an exited process can be deleted',
    from: "p.state = 'stopped';",
    to: ';',
  },
  { name: 'the held exit is kept', breaks: 'at most one exit per process', from: 'held.e = null;', to: '' },
  {
    name: 'the container is kept',
    breaks: 'nothing is kept of a deleted container',
    from: 's.containers[c] = false;',
    to: '',
  },
  {
    name: 'the delete is not sent',
    breaks: 'a removed task is announced',
    from: "send(s, { topic: 'delete', process: c, pid: at(s.processes, c).pid });",
    to: '',
  },
  {
    name: 'the exec is not announced',
    breaks: 'exec-added precedes exec-started',
    from: "send(s, { topic: 'exec-added', process: targetOf(call), pid: 0 });",
    to: '',
  },
  {
    name: 'Delete of a running container',
    breaks: 'delete follows exit',
    from: '!proc.beginDelete(s, call)',
    to: "(at(s.processes, process).state = 'stopped', !proc.beginDelete(s, call))",
  },
  {
    name: 'what runc left behind lives on',
    breaks: 'Shutdown leaves no process behind',
    from: 'endProcess(s, process);',
    to: '',
  },
  {
    name: 'a shim that ends keeps what it holds',
    breaks: 'nothing is kept of a deleted container',
    from: 'forget(held);',
    to: '',
    occurrence: 0,
  },
  {
    name: 'Shutdown does not look for containers',
    breaks: 'Shutdown leaves no process behind',
    from: 'if (Object.values(s.containers).some(Boolean) || Object.values(s.starting).some(Boolean))',
    to: 'if (Object.values(s.starting).some(Boolean))',
  },
  {
    name: 'Shutdown does not look for Creates in flight',
    breaks: 'Shutdown leaves no process behind',
    from: 'if (Object.values(s.containers).some(Boolean) || Object.values(s.starting).some(Boolean))',
    to: 'if (Object.values(s.containers).some(Boolean))',
  },
];

/** The compiled text of `proposed` with a fault. @throws Error where the fault's place is not there, or is not one */
export function mutate(original: string, { from, to, occurrence, name }: Mutant): string {
  const parts = original.split(from);
  const at = (occurrence ?? 0) + 1;
  if (parts.length <= at || (occurrence === undefined && parts.length !== 2))
    throw new Error(`the place of '${name}' occurs ${parts.length - 1} times: ${from}`);
  return `${parts.slice(0, at).join(from)}${to}${parts.slice(at).join(from)}`;
}
