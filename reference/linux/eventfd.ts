import { closeSync, readSync } from 'node:fs';
import type { Socket } from 'node:net';
import { closeOnExec, libc, nonBlocking } from './libc.ts';
import { openPolled } from './polled.ts';

const eventfd = libc<[count: number, flags: number]>('int eventfd(uint32 count, int flags)');

/**
 * Opens an eventfd that Node's event loop polls.
 *
 * @returns the socket owns `fd` and reads eight bytes for each signal; destroy it to close both
 * @throws Error where there are no more descriptors
 */
export function openEventfd(): { readonly fd: number; readonly socket: Socket } {
  const made = eventfd(0, closeOnExec | nonBlocking);
  if (made < 0) throw new Error('no eventfd can be made');
  try {
    return openPolled(made, 'read');
  } finally {
    closeSync(made);
  }
}

/** Takes what an eventfd was signalled, before Node reads it. @returns whether it was */
export function takeSignal(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(8)) > 0;
  } catch {
    return false; // EAGAIN
  }
}
