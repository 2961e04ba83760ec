import type { ProcessId } from '../../spec/index.ts';
import type { ContainerProcess } from '../container/container.ts';
import { children, hasZombie, zombieStatus } from '../linux/reaper.ts';
import { isOwn } from '../linux/spawn.ts';
import type { Machine } from './machine.ts';

/** Looks for zombies, and tells the reducer, which says whether each may be reaped now. */
export function lookForExits(
  machine: Machine,
  find: (process: ProcessId) => ContainerProcess | undefined,
): void {
  if (!hasZombie()) return;
  const lookAt = (process: ProcessId, pid: number): void => {
    const status = zombieStatus(pid);
    if (status === null) return;
    const found = find(process);
    if (found) found.end ??= { status, atMs: Date.now() };
    machine.dispatch({ type: 'ProcessExits', process });
    machine.reap(process, pid);
  };
  for (const [process, { status, pid }] of Object.entries(machine.state.kernel)) {
    if (status === 'alive' || status === 'zombie') lookAt(process, pid);
  }
  if (!hasZombie()) return;
  // What is left are orphans of containers, which became the shim's children.
  const known = new Set(Object.values(machine.state.kernel).map(({ pid }) => pid));
  for (const pid of children()) {
    if (known.has(pid) || isOwn(pid) || zombieStatus(pid) === null) continue;
    machine.admit({ type: 'Admit', foreign: pid });
    lookAt(`foreign/${pid}`, pid);
    machine.admit({ type: 'Retire', pid });
  }
}
