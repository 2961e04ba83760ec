import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built command line. */
export const main: string = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command line, as a user does; `npm test` builds it before. */
export function shimSpec(...args: string[]): Ended {
  return shimSpecIn({}, ...args);
}

/** The same with further environment variables. */
export function shimSpecIn(env: Readonly<Record<string, string>>, ...args: string[]): Ended {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    env: { ...process.env, ...env },
  });
  if (error) throw error;
  return { code: status, out: stdout, err: stderr };
}
