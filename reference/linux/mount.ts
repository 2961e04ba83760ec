import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { LibcError, libc, libcLater } from './libc.ts';

type MountArguments = [source: string, target: string, type: string, flags: number, data: string];
const declaration = 'int mount(str source, str target, str type, unsigned long flags, str data)';
const mountLater = libcLater<MountArguments>(declaration);
const mountNow = libc<MountArguments>(declaration);
const umount2 = libcLater<[target: string, flags: number]>('int umount2(str target, int flags)');
const fchdir = libc<[fd: number]>('int fchdir(int fd)');

const detach = 2;
/** How often a busy mount is tried again, and how long after, in milliseconds; as in upstream. */
const busyMax = 50;
const busyPauseMs = 50;
/** O_PATH: also a folder that was removed can be returned to. */
const namesOnly = 0o10000000;

/** The arguments of mount(2). */
export interface MountCall {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  /** MS_… */
  readonly flags: number;
  readonly data: string;
  /** The folder that paths in `data` are relative to. Default: none of them is relative */
  readonly from?: string;
}

/** mount(2). @throws LibcError where the kernel refuses */
export async function mount({ source, target, type, flags, data, from }: MountCall): Promise<void> {
  if (from === undefined) await mountLater(source, target, type, flags, data);
  else
    inFolder(from, () => {
      if (mountNow(source, target, type, flags, data) !== 0) throw new LibcError('mount');
    });
}

/** Changes the whole process's working directory, so nothing else of this process may run meanwhile. */
function inFolder(folder: string, run: () => void): void {
  const here = openSync('.', namesOnly | constants.O_DIRECTORY);
  try {
    process.chdir(folder);
    run();
  } finally {
    fchdir(here);
    closeSync(here);
  }
}

/**
 * Unmounts the last mount on a path. One that stays busy is detached: the kernel ends it when its last user has gone.
 *
 * @returns whether it had to be detached
 * @throws LibcError where the kernel refuses; EINVAL where nothing is mounted there
 */
export async function unmount(path: string): Promise<boolean> {
  for (let tries = 0; tries < busyMax; tries++) {
    try {
      await umount2(path, 0);
      return false;
    } catch (error) {
      if (!(error instanceof LibcError && error.code === 'EBUSY')) throw error;
      await new Promise((resolve) => setTimeout(resolve, busyPauseMs));
    }
  }
  await umount2(path, detach);
  return true;
}

/** A line of /proc/self/mountinfo. */
export interface Mounted {
  readonly path: string;
  /** Such as `ro` and `nosuid`. */
  readonly options: readonly string[];
}

/** What is mounted on a path or below it, parents first. @param path has no symbolic links */
export function mountsBelow(path: string): Mounted[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .map(([, , , , at = '', options = '']) => ({ path: unescaped(at), options: options.split(',') }))
    .filter((each) => each.path === path || each.path.startsWith(`${path}/`));
}

/** The kernel writes spaces, tabs, line ends and backslashes as octal numbers. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
