import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import koffi from 'koffi';

const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;

/** Bound when the first one is made, which is after a shim has come up. */
let bound: ReturnType<typeof bind> | undefined;

function bind() {
  const libc = koffi.load('libc.so.6');
  return {
    eventfd: libc.func('int eventfd(uint32 count, int flags)'),
    pipe2: libc.func('int pipe2(_Out_ int *fds, int flags)'),
    dup3: libc.func('int dup3(int from, int to, int flags)'),
  };
}

/**
 * An eventfd that Node's event loop polls: no thread waits for it. Node gives the loop pipes, terminals and sockets
 * alone, so it is given a pipe, whose place the eventfd takes before the loop has looked at it.
 *
 * @returns the descriptor is the socket's, which gets eight bytes for each signal and is to be destroyed
 */
export function openEventfd(): { readonly fd: number; readonly socket: Socket } {
  bound ??= bind();
  const { eventfd, pipe2, dup3 } = bound;
  const fds = [0, 0];
  if (pipe2(fds, closeOnExec) !== 0) throw new Error('no pipe can be made');
  const [fd = 0, writes = 0] = fds;
  const socket = new Socket({ fd, readable: true, writable: false });
  const made = eventfd(0, closeOnExec | nonBlocking) as number;
  const isPlaced = made >= 0 && dup3(made, fd, closeOnExec) === fd;
  closeSync(writes);
  if (made >= 0) closeSync(made);
  if (isPlaced) return { fd, socket };
  socket.destroy();
  throw new Error('no eventfd can be made');
}
