#!/usr/bin/env node
/**
 * containerd-shim-spec-v2: a containerd shim whose order of events is the specification's.
 *
 * ```text
 * actions/    what this program does: start, delete, info, and serve, the process that start starts
 * service/    the Task API: requests, answers, events
 * driver/     gives the reducer calls and exits, and does what it asks; it alone knows the reducer
 * container/  one container: its bundle, runc, mounts, standard streams
 * linux/      the kernel: processes, cgroups, descriptors
 * startup/    bundles the actions, and loads the bundle
 * ```
 *
 * @module
 */
import { createRequire } from 'node:module';
import { parseArguments } from './actions/arguments.ts';
import { loadActions, loadStart } from './startup/load-actions.ts';

// Node's own handler would open its inspector. `serve` adds one that says what the shim holds.
process.on('SIGUSR1', () => undefined);

const program = 'containerd-shim-spec-v2';

try {
  const args = parseArguments(process.argv.slice(2));
  if (args.action === 'start') {
    const { start } = await loadStart();
    process.stdout.write(await start(args));
  } else if (args.action === 'version') {
    process.stdout.write(`${program}:\n  Version: ${packageVersion()}\n  Node:    ${process.version}\n`);
  } else if (args.action === 'info') {
    const { info } = await loadActions();
    process.stdout.write(await info(packageVersion()));
  } else if (args.action === 'delete') {
    const { deleteLeftovers } = await loadActions();
    process.stdout.write(await deleteLeftovers(args, Date.now()));
  } else {
    const { serve } = await loadActions();
    await serve(args);
  }
} catch (error) {
  process.stderr.write(`${program}: ${(error as Error).message}\n`);
  process.exitCode = 1;
}

function packageVersion(): string {
  return (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
}
