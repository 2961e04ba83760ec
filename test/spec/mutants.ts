/** A small fault in `proposed`: in its compiled text, `from` becomes `to`. */
export interface Mutant {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** Which occurrence of `from`, 0 the first. Default: it occurs once. */
  readonly occurrence?: number;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'Create does not say that it is starting',
    from: 's.starting[call] = true;',
    to: '',
    occurrence: 0,
  },
  { name: 'Start of an exec does not say so', from: 's.starting[call] = true;', to: '', occurrence: 1 },
  { name: 'Announce leaves the start in flight', from: 's.starting[call] = false;', to: '', occurrence: 0 },
  { name: 'Giving up leaves the start in flight', from: 's.starting[call] = false;', to: '', occurrence: 1 },
  { name: 'the process is not entered in running', from: 's.running[p.pid] = [process];', to: '' },
  { name: 'the start is not announced', from: 'send(s, { topic, process, pid: p.pid });', to: '' },
  {
    name: 'Announce does not look for a held exit',
    from: 'settle(s, containerOf(process));',
    to: '',
    occurrence: 0,
  },
  {
    name: 'Giving up does not look for a held exit',
    from: 'settle(s, containerOf(process));',
    to: '',
    occurrence: 1,
  },
  { name: 'Giving up keeps p.mu', from: "if (methodOf(call) === 'start')\n        p.mu = null;", to: '' },
  { name: 'Announce keeps p.mu', from: 'p.mu = null;', to: '', occurrence: 0 },
  {
    name: 'Giving up lets nobody go who waits',
    from: "if (!isInit(process))\n        p.waitBlock = 'closed';",
    to: '',
  },
  {
    name: 'any zombie is reaped at once',
    from: 'owner === undefined && Object.values(s.starting).some(Boolean)',
    to: 'false',
  },
  {
    name: 'foreign zombies are never reaped',
    from: 'owner === undefined && Object.values(s.starting).some(Boolean)',
    to: 'owner === undefined',
  },
  { name: 'a reaped process stays in running', from: 's.running[pid] = [];', to: '' },
  {
    name: "an init's exit is published at once",
    from: 'at(s.held, owner).e = e;',
    to: 'publishExit(s, owner, e);',
  },
  { name: "an exec's exit is not published", from: 'publishExit(s, owner, e);', to: ';' },
  { name: 'the reaper does not look for a held exit', from: 'settle(s, containerOf(owner));', to: '' },
  { name: "an init's exit does not wait for its Start", from: ' || isInitStarting(s, c)', to: '' },
  {
    name: "an init's exit does not wait for KillAll",
    from: 'at(s.bundles, c).sharedPidNamespace && !isKilled',
    to: 'false',
  },
  {
    name: "an init's exit does not wait for running execs",
    from: 'cp !== undefined && containerOf(cp) === c',
    to: 'false',
  },
  {
    name: 'KillAll does not wait for starting execs',
    from: ' || isExecStarting(s, c))',
    to: ')',
  },
  { name: 'KillAll kills nobody', from: 'endContainer(s, c);', to: '' },
  { name: 'KillAll does not look for a held exit', from: 'settle(s, c);', to: '' },
  {
    name: 'the exit is set and not sent',
    from: "send(s, { topic: 'exit', process, pid: e.pid, of: e.of });",
    to: '',
  },
  { name: 'the exit is sent and Wait not let go', from: "p.waitBlock = 'closed';\n    send(", to: 'send(' },
  { name: 'the exit is sent and the process still running', from: "p.state = 'stopped';", to: ';' },
  { name: 'the held exit is kept', from: 'held.e = null;', to: '' },
  { name: 'the container is kept', from: 's.containers[c] = false;', to: '' },
  {
    name: 'the delete is not sent',
    from: "send(s, { topic: 'delete', process: c, pid: at(s.processes, c).pid });",
    to: '',
  },
  {
    name: 'the exec is not announced',
    from: "send(s, { topic: 'exec-added', process: targetOf(call), pid: 0 });",
    to: '',
  },
  {
    name: 'Delete of a running container',
    from: '!proc.beginDelete(s, call)',
    to: "(at(s.processes, process).state = 'stopped', !proc.beginDelete(s, call))",
  },
];
