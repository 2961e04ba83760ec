import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import koffi from 'koffi';

const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;
const setStatusFlags = 4;

/** Bound when the first one is made, which is after a shim has come up. */
let bound: ReturnType<typeof bind> | undefined;

function bind() {
  const libc = koffi.load('libc.so.6');
  return {
    fcntl: libc.func('int fcntl(int fd, int command, int flags)'),
    pipe2: libc.func('int pipe2(_Out_ int *fds, int flags)'),
    dup3: libc.func('int dup3(int from, int to, int flags)'),
  };
}

/**
 * A socket of Node's that reads or writes any descriptor which can be polled, an eventfd or a terminal: no thread waits
 * for it, and no write holds up the event loop. Node gives the loop pipes, terminals and sockets alone, and writes to a
 * terminal wait; so it is given a pipe, whose place the descriptor takes before the loop has looked at it.
 *
 * @param descriptor is duplicated, stays the caller's, and waits for nothing from here on
 * @returns the duplicate is the socket's, which is to be destroyed
 * @throws Error where there are no more descriptors
 */
export function openPolled(
  descriptor: number,
  way: 'read' | 'write',
): { readonly fd: number; readonly socket: Socket } {
  bound ??= bind();
  const { fcntl, pipe2, dup3 } = bound;
  const fds = [0, 0];
  if (pipe2(fds, closeOnExec) !== 0) throw new Error('no pipe can be made');
  const [reads = 0, writes = 0] = fds;
  const [fd, other] = way === 'read' ? [reads, writes] : [writes, reads];
  const socket = new Socket({ fd, readable: way === 'read', writable: way === 'write' });
  const isPlaced =
    fcntl(descriptor, setStatusFlags, nonBlocking) === 0 && dup3(descriptor, fd, closeOnExec) === fd;
  closeSync(other);
  if (isPlaced) return { fd, socket };
  socket.destroy();
  throw new Error(`descriptor ${descriptor} cannot be polled`);
}
