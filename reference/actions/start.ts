import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig, writeFresh } from '../container/bundle.ts';
import { adjustOomScore } from '../linux/oom-score.ts';
import { joinCgroup } from '../linux/shim-cgroup.ts';
import { nodeFlags } from '../startup/load-actions.ts';
import type { ShimArguments } from './arguments.ts';
import { isServed } from './socket.ts';
import { readStandardInput } from './standard-input.ts';

const socketFolder = '/run/containerd/s';
/** Containers with the same value of the first annotation that they have share a serving process. */
const groupAnnotations = ['io.containerd.runc.v2.group', 'io.kubernetes.cri.sandbox-id'];
const readyTimeoutMs = 20_000;

/**
 * The action `start`: finds or starts the serving process, and writes its address into the bundle.
 *
 * @returns the address
 */
export async function start(args: ShimArguments): Promise<string> {
  const { namespace, id, address, bundle } = args;
  const { annotations } = readConfig(bundle);
  const group = groupAnnotations.map((name) => annotations[name]).find(Boolean) ?? id;
  const name = createHash('sha256')
    .update(JSON.stringify([address, namespace, group]))
    .digest('hex');
  const socket = join(socketFolder, name);
  mkdirSync(socketFolder, { recursive: true, mode: 0o711 });
  if (!(await isServed(socket))) await startServing(args, socket, await shimCgroup());
  const url = `unix://${socket}`;
  writeFresh(join(bundle, 'address'), url);
  return url;
}

/** The option `shim_cgroup` of standard input; empty for none. */
async function shimCgroup(): Promise<string> {
  const input = await readStandardInput();
  if (input.length === 0) return '';
  // Usually there are no options, and then protobuf need not be loaded.
  const { bootstrapOptions } = await import('./bootstrap.ts');
  return bootstrapOptions(input)?.shimCgroup ?? '';
}

/**
 * Starts the serving process, detached, and waits until it listens, or until it has ended because another one listens.
 *
 * @throws Error with what the process reported on descriptor 3
 */
function startServing(
  { namespace, id, address, bundle, isDebug }: ShimArguments,
  socket: string,
  cgroup: string,
): Promise<void> {
  const flags = [
    '-namespace',
    namespace,
    '-id',
    id,
    '-address',
    address,
    '-bundle',
    bundle,
    '-socket',
    socket,
  ];
  const main = process.argv[1] ?? '';
  const child = spawn(
    process.execPath,
    [...nodeFlags, main, ...flags, ...(isDebug ? ['-debug'] : []), 'serve'],
    {
      cwd: bundle,
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    },
  );
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
      if (child.pid !== undefined) account(child.pid, cgroup);
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
