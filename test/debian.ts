import { spawnSync } from 'node:child_process';

/**
 * Makes sure that Debian's `packages` are there for `commands`: installs them as root, else says how to.
 *
 * @throws Error with the command to run
 */
export function needDebian(commands: readonly string[], packages: readonly string[]): void {
  const missing = commands.filter((command) => spawnSync('which', [command]).status !== 0);
  if (missing.length === 0) return;
  const install = `apt-get update && apt-get install -y ${packages.join(' ')}`;
  if (process.getuid?.() === 0) {
    process.stderr.write(`installing ${packages.join(', ')}\n`);
    if (spawnSync('sh', ['-c', install], { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0) return;
  }
  throw new Error(
    `${missing.join(', ')} is missing (allowed: Debian's ${packages.join(', ')}): run '${install}' as root`,
  );
}
