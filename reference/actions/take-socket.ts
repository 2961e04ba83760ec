import { chmodSync, existsSync, lstatSync, rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { dirname } from 'node:path';
import { lockFolder } from '../linux/folder-lock.ts';
import { isServed } from './socket.ts';

/**
 * Listens at a unix socket that only root may use, in the place of one that no process serves any more.
 *
 * Why the lock: of two processes that find the same dead socket, the slower would remove the socket of the faster.
 *
 * @returns false where another process listens there
 */
export async function takeSocket(server: Server, path: string): Promise<boolean> {
  const unlock = lockFolder(dirname(path));
  try {
    if (existsSync(path)) {
      if (await isServed(path)) return false;
      rmSync(path, { force: true });
    }
    await bindForRoot(server, path);
    chmodSync(path, 0o600);
    return true;
  } finally {
    unlock();
  }
}

/** Removes a socket that no process serves. */
export async function removeDeadSocket(path: string): Promise<void> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return;
  const unlock = lockFolder(dirname(path));
  try {
    if (!(await isServed(path))) rmSync(path, { force: true });
  } finally {
    unlock();
  }
}

/** Makes the socket root's from the first moment. */
function bindForRoot(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const umask = process.umask(0o177);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
    process.umask(umask);
  });
}
