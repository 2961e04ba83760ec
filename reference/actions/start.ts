import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { type BundleConfig, readConfig, writeFresh } from '../container/bundle.ts';
import { adjustOomScore } from '../linux/oom-score.ts';
import { joinCgroup } from '../linux/shim-cgroup.ts';
import { nodeFlags } from '../startup/node-flags.ts';
import type { ShimArguments } from './arguments.ts';
import { type Bootstrap, bootstrapResult, readBootstrap } from './bootstrap.ts';
import { isServed } from './socket.ts';
import { readStandardInput } from './standard-input.ts';

const socketFolderDefault = '/run/containerd/s';
/** The characters of a socket's name, and of the whole path: sockaddr_un has 108 with the 0 at its end. */
const nameLength = 32;
const pathMax = 107;
/** Containers with the same value of the first annotation that they have share a serving process. */
const groupAnnotations = ['io.containerd.runc.v2.group', 'io.kubernetes.cri.sandbox-id'];
const readyTimeoutMs = 20_000;

/**
 * The action `start`: finds or starts the serving process, and writes its address into the bundle.
 *
 * @returns what containerd reads: the address, or since 2.3 a BootstrapResult
 * @throws Error with what was refused, or why the serving process did not come up
 */
export async function start(args: ShimArguments): Promise<string | Uint8Array> {
  const { bundle } = args;
  const told = readBootstrap(await readStandardInput(), args, process.env.TTRPC_ADDRESS ?? '');
  const folder = told.socketFolder || socketFolderDefault;
  const socket = join(folder, socketName(told, args, readConfig(bundle)));
  if (!isAbsolute(folder) || Buffer.byteLength(socket) > pathMax)
    throw new Error(
      `socket_dir cannot be used (got "${folder}", allowed an absolute path of at most ${pathMax - 1 - nameLength} bytes)`,
    );
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  if (!(await isServed(socket))) await startServing(args, told, socket);
  const url = `unix://${socket}`;
  writeFresh(join(bundle, 'address'), url);
  return told.wantsResult ? bootstrapResult(url) : url;
}

/** The same for all containers of a group. As in upstream an annotation that is present decides, even an empty one. */
function socketName({ address }: Bootstrap, { namespace, id }: ShimArguments, config: BundleConfig): string {
  const { annotations } = config;
  const group = groupAnnotations.map((name) => annotations[name]).find((value) => value !== undefined) ?? id;
  return createHash('sha256')
    .update(JSON.stringify([address, namespace, group]))
    .digest('hex')
    .slice(0, nameLength);
}

/**
 * Starts the serving process, detached, and waits until it listens, or until it has ended because another one listens.
 *
 * @throws Error with what the process reported on descriptor 3
 */
function startServing(
  { namespace, id, bundle }: ShimArguments,
  { address, eventsAddress, logLevel, shimCgroup }: Bootstrap,
  socket: string,
): Promise<void> {
  const flags = Object.entries({ namespace, id, address, bundle, socket, 'log-level': String(logLevel) });
  const words = flags.flatMap(([name, value]) => [`-${name}`, value]);
  const main = process.argv[1] ?? '';
  const child = spawn(process.execPath, [...nodeFlags, main, ...words, 'serve'], {
    cwd: bundle,
    detached: true,
    env: { ...process.env, TTRPC_ADDRESS: eventsAddress },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  return new Promise((resolve, reject) => {
    let reported = '';
    const succeed = (): void => {
      clearTimeout(timer);
      child.unref();
      resolve();
    };
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`the serving process did not come up: ${why}`));
    };
    const timer = setTimeout(() => fail(`nothing within ${readyTimeoutMs} ms`), readyTimeoutMs);
    child.on('error', (error) => fail(error.message));
    child.stdio[3]?.on('data', (chunk: Buffer) => (reported += chunk.toString()));
    child.stdio[3]?.on('end', () => {
      if (reported === 'ready') succeed();
    });
    child.on('close', () => {
      if (reported === 'served') succeed();
      else fail(reported || 'it ended without a report');
    });
    try {
      if (child.pid !== undefined) account(child.pid, shimCgroup);
    } catch (error) {
      fail((error as Error).message);
    }
  });
}

/** Sets cgroup and OOM score before the process has used anything. */
function account(pid: number, cgroup: string): void {
  if (cgroup !== '') joinCgroup(cgroup, pid);
  adjustOomScore(pid, process.ppid);
}
