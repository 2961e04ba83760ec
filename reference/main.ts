#!/usr/bin/env node
/**
 * containerd-shim-spec-v2: a containerd shim whose order of events is the specification's.
 *
 * ```text
 * main.sh     what containerd runs: it answers what needs no Node, and starts this program for the rest
 * actions/    what this program does: start, after which it serves; delete; info
 * service/    the Task API: requests, answers, events
 * driver/     gives the reducer calls and exits, and does what it asks; it alone knows the reducer
 * container/  one container: its bundle, runc, mounts, standard streams
 * linux/      the kernel: processes, cgroups, descriptors
 * startup/    bundles the actions, and loads the bundle
 * ```
 *
 * @module
 */
import { closeSync, fstatSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArguments, type ShimArguments } from './actions/arguments.ts';
import { loadActions, loadStart } from './startup/load-actions.ts';

// Node's own handler would open its inspector. `serve` adds one that says what the shim holds.
process.on('SIGUSR1', () => undefined);

const program = 'containerd-shim-spec-v2';
/** main.sh reads it. */
const reportFd = 3;

try {
  const args = parseArguments(process.argv.slice(2));
  if (args.action === 'start') {
    await startAndTell(args);
  } else if (args.action === 'version') {
    process.stdout.write(`${program}:\n  Version: ${packageVersion()}\n  Node:    ${process.version}\n`);
  } else if (args.action === 'info') {
    const { info } = await loadActions();
    process.stdout.write(await info(packageVersion()));
  } else {
    const { deleteLeftovers } = await loadActions();
    process.stdout.write(await deleteLeftovers(args, Date.now()));
  }
} catch (error) {
  process.stderr.write(`${program}: ${(error as Error).message}\n`);
  // A socket that it listens at would keep it running.
  process.exit(1);
}

/** Answers containerd, and tells main.sh, which started this process, that it did. */
async function startAndTell(args: ShimArguments): Promise<void> {
  if (!isPipe(reportFd)) throw new Error('start is an action of main.sh (got main.js): run that');
  const { start } = await loadStart();
  const { answer, detach } = await start(args, loadActions);
  writeFileSync(1, answer);
  detach?.();
  writeFileSync(reportFd, 'ok');
  closeSync(reportFd);
  if (!detach) process.exit(0);
}

function isPipe(fd: number): boolean {
  try {
    return fstatSync(fd).isFIFO();
  } catch {
    return false;
  }
}

function packageVersion(): string {
  return (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
}
