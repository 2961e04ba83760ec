import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CallId, isInit, methodOf, targetOf } from '../../spec/index.ts';
import { initPidFile, writeFresh } from '../container/bundle.ts';
import { restoreContainer } from '../container/checkpoint.ts';
import { type Container, type ContainerProcess, closeStreams } from '../container/container.ts';
import { unmountRootfs } from '../container/mounts.ts';
import type { RunOptions } from '../container/runc.ts';
import { openStdio, openTerminalEnds } from '../container/stdio.ts';
import { Terminal } from '../container/terminal.ts';
import type { Log } from '../linux/log.ts';
import { children } from '../linux/reaper.ts';
import type { Machine } from './machine.ts';
import { processNameOf } from './names.ts';

/** How runc is run for a call. */
interface RuncCall {
  readonly call: CallId;
  readonly container: Container;
  /** Aborted when the client is gone or its deadline has passed. */
  readonly client: AbortSignal | undefined;
  readonly log: Log;
}

/**
 * Runs runc for a call whose state says that it runs, and tells the reducer of the process that it forks.
 *
 * @throws Error where runc fails, or cannot be run
 */
export async function runRunc(machine: Machine, { call, container, client, log }: RuncCall): Promise<void> {
  const method = methodOf(call);
  const { runc, id } = container;
  if (method === 'delete') {
    await runc.run(['delete', id], { client }).catch((error: Error) => {
      if (!error.message.includes('does not exist')) throw error;
    });
    // Before the reducer publishes the delete: whoever hears of it may remove what was mounted.
    if (container.rootfs.length > 0)
      for (const line of await unmountRootfs(container.bundle)) log(line, 'warning');
  } else if (method === 'start' && isInit(targetOf(call)) && container.checkpoint === null) {
    // The init runs some time before runc returns, and may exit before we hear of either.
    machine.dispatch({ type: 'RuncReleasesInit', call });
    await runc.run(['start', id], { client });
  } else await fork(machine, { call, container, client, log });
}

/** `runc create`, `runc exec` or `runc restore`, and the pid that it writes down. */
async function fork(machine: Machine, { call, container, client }: RuncCall): Promise<void> {
  const { execId } = processNameOf(targetOf(call));
  const process = container.processes.get(execId);
  if (!process) throw new Error(`${targetOf(call)} is gone`);
  const pidFile = join(container.bundle, execId === '' ? initPidFile : `${execId}.exec.pid`);
  rmSync(pidFile, { force: true });
  try {
    await openStreams(process, container, execId || container.id);
    const { terminal, opened } = process;
    const args = ['--pid-file', pidFile, ...(terminal ? ['--console-socket', terminal.socket] : [])];
    const options = { stdio: opened?.inherited, client };
    if (execId === '') await makeInit(container, args, options);
    else await runExec(container, execId, process.spec, args, options);
    forked(machine, call, Number(readFileSync(pidFile, 'utf8')));
    terminal?.attach();
    opened?.attach();
  } catch (error) {
    admitLeftover(machine, call, pidFile);
    await closeStreams(process);
    throw error;
  } finally {
    process.terminal?.detach();
    process.opened?.release();
    if (execId !== '') rmSync(pidFile, { force: true });
  }
}

async function makeInit(container: Container, args: readonly string[], options: RunOptions): Promise<void> {
  const { runc, bundle, id, checkpoint } = container;
  if (checkpoint === null) await runc.create(bundle, [...args, id], options);
  else await restoreContainer(container, checkpoint, args, options);
}

function forked(machine: Machine, call: CallId, pid: number): void {
  machine.admit({ type: 'Admit', pid });
  machine.dispatch({ type: 'RuncForks', call, pid });
  machine.admit({ type: 'Retire', past: pid });
}

/** Tells the reducer of a process that a failed runc left behind, before it hears of the failure. */
function admitLeftover(machine: Machine, call: CallId, pidFile: string): void {
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0;
  if (pid <= 1 || !children().includes(pid)) return;
  if (machine.state.kernel[targetOf(call)]?.pid !== pid) forked(machine, call, pid);
}

async function openStreams(
  process: ContainerProcess,
  { namespace, bundle, ioOwner }: Container,
  id: string,
): Promise<void> {
  const { stdio } = process;
  if (stdio.terminal) {
    const ends = await openTerminalEnds(stdio, { id, namespace });
    process.logger = ends.logger;
    process.terminal = new Terminal(ends, bundle);
  } else {
    process.opened = await openStdio(stdio, { id, namespace }, ioOwner);
    process.logger = process.opened.logger;
  }
}

async function runExec(
  { bundle, runc, id }: Container,
  execId: string,
  spec: string,
  args: readonly string[],
  options: RunOptions,
): Promise<void> {
  const file = join(bundle, `${execId}.process.json`);
  writeFresh(file, spec);
  try {
    await runc.run(['exec', '--process', file, '--detach', ...args, id], options);
  } finally {
    rmSync(file, { force: true });
  }
}
