import { closeOnExec, libc } from './libc.ts';

const pipe2 = libc<[fds: number[], flags: number]>('int pipe2(_Out_ int *fds, int flags)');
const fcntl = libc<[fd: number, command: number, argument: number]>(
  'int fcntl(int fd, int command, int argument)',
);
const splice = libc<[from: number, at: null, to: number, at: null, bytes: number, flags: number]>(
  'long splice(int from, void *at, int to, void *at2, size_t bytes, uint32 flags)',
);

const setPipeSize = 1031;
const getPipeSize = 1032;
const moveBytes = 1024 ** 2;
/** SPLICE_F_MOVE and SPLICE_F_NONBLOCK. */
const atOnce = 0x01 | 0x02;

/** Makes a pipe that programs do not inherit. @throws Error where there are no more descriptors */
export function openPipe(): { readonly reads: number; readonly writes: number } {
  const fds = [0, 0];
  if (pipe2(fds, closeOnExec) !== 0) throw new Error('no pipe can be made');
  const [reads = 0, writes = 0] = fds;
  return { reads, writes };
}

/**
 * Moves bytes from one pipe or FIFO to another, as many as the one has and the other takes now, and no process copies them.
 *
 * @returns how many; 0 or less where there are none, no room for them, or no writer left
 */
export function movePipe(from: number, to: number): number {
  return splice(from, null, to, null, moveBytes, atOnce);
}

/** How many bytes a pipe or FIFO can hold; -1 for any other file. */
export function pipeCapacity(fd: number): number {
  return fcntl(fd, getPipeSize, 0);
}

/** Makes a pipe or FIFO hold at least `bytes`, where the kernel lets this user have so much (`/proc/sys/fs/pipe-max-size`). */
export function setPipeCapacity(fd: number, bytes: number): void {
  fcntl(fd, setPipeSize, bytes);
}
