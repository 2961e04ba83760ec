import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import koffi from 'koffi';
import { openPolled } from './polled.ts';

const closeOnExec = 0o2000000;
const nonBlocking = 0o4000;

/** Bound when the first one is made, which is after a shim has come up. */
let bound: ReturnType<typeof bind> | undefined;

function bind() {
  const libc = koffi.load('libc.so.6');
  return libc.func('int eventfd(uint32 count, int flags)');
}

/**
 * An eventfd that Node's event loop polls.
 *
 * @returns the descriptor is the socket's, which gets eight bytes for each signal and is to be destroyed
 * @throws Error where there are no more descriptors
 */
export function openEventfd(): { readonly fd: number; readonly socket: Socket } {
  bound ??= bind();
  const made = bound(0, closeOnExec | nonBlocking) as number;
  if (made < 0) throw new Error('no eventfd can be made');
  try {
    return openPolled(made, 'read');
  } finally {
    closeSync(made);
  }
}
