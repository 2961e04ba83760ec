import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const missingOf = (commands: readonly string[]): string[] =>
  commands.filter((command) => spawnSync('which', [command]).status !== 0);

/**
 * Makes sure that Debian's `packages` are there for `commands`: installs them as root, else says how to.
 *
 * @throws Error with the command to run
 */
export function needDebian(commands: readonly string[], packages: readonly string[]): void {
  const missing = missingOf(commands);
  if (missing.length === 0) return;
  const install = `apt-get update && apt-get install -y ${packages.join(' ')}`;
  if (process.getuid?.() === 0) {
    process.stderr.write(`installing ${packages.join(', ')}\n`);
    // Test files run side by side, and apt-get waits for nobody.
    const lock = join(tmpdir(), 'shim-spec-apt.lock');
    spawnSync('flock', [lock, 'sh', '-c', install], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (missingOf(commands).length === 0) return;
  }
  throw new Error(
    `${missing.join(', ')} is missing (allowed: Debian's ${packages.join(', ')}): run '${install}' as root`,
  );
}
