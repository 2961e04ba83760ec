import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { closeOnExec, libc, nonBlocking } from './libc.ts';
import { openPipe } from './pipe.ts';

const fcntl = libc<[fd: number, command: number, flags: number]>('int fcntl(int fd, int command, int flags)');
const dup3 = libc<[from: number, to: number, flags: number]>('int dup3(int from, int to, int flags)');
const setStatusFlags = 4;

/**
 * Makes a Node socket of any descriptor that the kernel can poll, such as an eventfd or a terminal. No thread waits for
 * it, and no write blocks the event loop.
 *
 * Why: libuv polls only pipes, terminals and sockets, and its writes to a terminal block. So libuv is given a pipe, and
 * `dup3` puts the descriptor in the pipe's place before libuv has looked at it.
 *
 * @param descriptor is duplicated and stays the caller's; from here on it does not block
 * @returns the socket owns the duplicate, `fd`; destroy it to close both
 * @throws Error where there are no more descriptors
 */
export function openPolled(
  descriptor: number,
  way: 'read' | 'write',
): { readonly fd: number; readonly socket: Socket } {
  const { reads, writes } = openPipe();
  const [fd, other] = way === 'read' ? [reads, writes] : [writes, reads];
  const socket = new Socket({ fd, readable: way === 'read', writable: way === 'write' });
  const isReplaced =
    fcntl(descriptor, setStatusFlags, nonBlocking) === 0 && dup3(descriptor, fd, closeOnExec) === fd;
  closeSync(other);
  if (isReplaced) return { fd, socket };
  socket.destroy();
  throw new Error(`descriptor ${descriptor} cannot be polled`);
}
