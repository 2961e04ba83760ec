import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those above it that are missing. Why not mkdirSync with `recursive`: it never returns where a file
 * system lets nobody make folders and says ENOENT, as /proc does.
 *
 * @param mode of the folders that it makes
 * @throws Error of the operating system
 */
export function makeFolder(folder: string, mode: number): void {
  const above = dirname(folder);
  if (!existsSync(above)) makeFolder(above, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
