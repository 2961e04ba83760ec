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
 * startup/    bundles this program into one file, and loads that
 * ```
 *
 * @module
 */
import { closeSync, fstatSync, writeFileSync } from 'node:fs';
import { parseArguments, type ShimArguments } from './actions/arguments.ts';
import { deleteLeftovers } from './actions/delete.ts';
import { info } from './actions/runtime-info.ts';
import { start } from './actions/start.ts';
import { packageVersion } from './startup/package-version.ts';

const program = 'containerd-shim-spec-v2';
/** main.sh reads it. */
const reportFd = 3;

/** Does what the command line asks for. @param words without the program's name */
export async function main(words: readonly string[]): Promise<void> {
  // Node's own handler would open its inspector. `serve` adds one that says what the shim holds.
  process.on('SIGUSR1', () => undefined);
  try {
    const args = parseArguments(words);
    if (args.action === 'start') await startAndTell(args);
    else process.stdout.write(await answerTo(args));
  } catch (error) {
    process.stderr.write(`${program}: ${(error as Error).message}\n`);
    // A socket that it listens at would keep it running.
    process.exit(1);
  }
}

async function answerTo(args: ShimArguments): Promise<string | Uint8Array> {
  if (args.action === 'version')
    return `${program}:\n  Version: ${packageVersion()}\n  Node:    ${process.version}\n`;
  return args.action === 'info' ? info(packageVersion()) : deleteLeftovers(args, Date.now());
}

/** Answers containerd, and tells main.sh, which started this process, that it did. */
async function startAndTell(args: ShimArguments): Promise<void> {
  if (!isPipe(reportFd)) throw new Error('start needs a pipe on descriptor 3 (got none): run main.sh');
  const { answer, detach } = await start(args);
  writeFileSync(1, answer);
  detach?.();
  writeFileSync(reportFd, '\nok\n');
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
