#!/usr/bin/env node
/**
 * containerd-shim-spec-v2: a containerd shim whose order of events is the specification's.
 *
 * ```text
 * actions/    what this program does: start, delete, and serve, the process that start starts
 * service/    the Task API: requests, answers, events
 * driver/     gives the reducer calls and exits, and does what it asks; it alone knows the reducer
 * container/  one container: its bundle, runc, mounts, standard streams
 * linux/      the kernel: processes, cgroups, descriptors
 * startup/    bundles the actions, and loads the bundle
 * ```
 *
 * @module
 */
import { parseArguments } from './actions/arguments.ts';
import { loadActions } from './startup/load-actions.ts';

try {
  const args = parseArguments(process.argv.slice(2));
  if (args.action === 'start') {
    const { start } = await import('./actions/start.ts');
    process.stdout.write(await start(args));
  } else if (args.action === 'delete') {
    const { deleteLeftovers } = await loadActions();
    process.stdout.write(await deleteLeftovers(args, Date.now()));
  } else {
    const { serve } = await loadActions();
    await serve(args);
  }
} catch (error) {
  process.stderr.write(`containerd-shim-spec-v2: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
