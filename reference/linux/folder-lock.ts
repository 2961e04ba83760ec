import { closeSync, constants, openSync } from 'node:fs';
import { libc } from './libc.ts';

const flock = libc<[fd: number, operation: number]>('int flock(int fd, int operation)');
const exclusive = 2;

/**
 * Waits until this process alone holds the lock of a folder (flock(2)). Nothing else in this process runs meanwhile. The
 * kernel unlocks it when the process ends.
 *
 * @returns unlocks it
 * @throws Error where the folder cannot be opened or locked
 */
export function lockFolder(folder: string): () => void {
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  if (flock(fd, exclusive) !== 0) {
    closeSync(fd);
    throw new Error(`cannot lock ${folder}`);
  }
  return () => closeSync(fd);
}
