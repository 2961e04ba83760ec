import { execFileSync, spawnSync } from 'node:child_process';
import { needDebian } from '../debian.ts';

/**
 * A CRIU that runs on this kernel: `CRIU` in the environment, or Debian's.
 *
 * @returns its path
 * @throws Error with what it says and what to do; Debian 12's 3.17.1 does not know the vDSO of Linux 6.13 or newer
 */
export function workingCriu(): string {
  const { CRIU } = process.env;
  if (!CRIU) needDebian(['criu'], ['criu']);
  const criu = CRIU || 'criu';
  const { status, stdout, stderr } = spawnSync(criu, ['check'], { encoding: 'utf8' });
  if (status === 0) return execFileSync('which', [criu], { encoding: 'utf8' }).trim();
  throw new Error(
    `${criu} cannot run on this kernel (got ${stdout ?? ''}${stderr ?? 'no such program'}, allowed one that passes 'criu check'): install CRIU 4 or newer, and run CRIU=/path/to/criu npm run test:criu`,
  );
}
