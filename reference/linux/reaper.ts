import { readdirSync, readFileSync } from 'node:fs';
import { libc } from './libc.ts';

const prctl = libc<[option: number, a: number, b: number, c: number, d: number]>(
  'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
);
const waitid = libc<[idtype: number, id: number, info: Buffer, options: number]>(
  'int waitid(int idtype, uint32 id, _Out_ uint8_t *info, int options)',
);

const setChildSubreaper = 36;
const idAll = 0;
const idPid = 1;
const noHang = 1;
const exited = 4;
const noWait = 0x0100_0000;
/** The size of siginfo_t on Linux; si_code is at 8, si_pid at 16, si_status at 24. */
const siginfoBytes = 128;
/** CLD_KILLED and CLD_DUMPED. */
const killedCodes = [2, 3];

/** Makes orphaned descendants the children of this process, so that it is told of their exits (prctl(2)). */
export function becomeSubreaper(): void {
  if (prctl(setChildSubreaper, 1, 0, 0, 0) !== 0) throw new Error('prctl(PR_SET_CHILD_SUBREAPER) failed');
}

/** How a process ended, as a shell says it: its exit code, or 128 plus the signal that killed it. */
export type ExitStatus = number;

/** How the zombie `pid` ended; it stays a zombie. @returns null where `pid` is no zombie, or no child */
export function zombieStatus(pid: number): ExitStatus | null {
  return waitFor(pid, noWait);
}

/** Whether any child is a zombie, in one system call. */
export function hasZombie(): boolean {
  const info = Buffer.alloc(siginfoBytes);
  return waitid(idAll, 0, info, exited | noHang | noWait) === 0 && info.readInt32LE(16) !== 0;
}

/** Reaps the zombie `pid`. @returns null where `pid` is no zombie, or no child */
export function reapZombie(pid: number): ExitStatus | null {
  return waitFor(pid, 0);
}

function waitFor(pid: number, flags: number): ExitStatus | null {
  const info = Buffer.alloc(siginfoBytes);
  if (waitid(idPid, pid, info, exited | noHang | flags) !== 0 || info.readInt32LE(16) === 0) return null;
  const status = info.readInt32LE(24);
  return killedCodes.includes(info.readInt32LE(8)) ? 128 + status : status;
}

/** Pids of all children of this process. */
export function children(): number[] {
  return readdirSync('/proc/self/task').flatMap((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    } catch {
      // The thread has ended since.
      return [];
    }
  });
}
