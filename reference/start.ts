import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ShimArguments } from './actions/arguments.ts';
import { isServed } from './actions/socket.ts';
import { readStandardInput } from './actions/standard-input.ts';
import { readConfig, writeFresh } from './container/bundle.ts';
import { adjustOomScore } from './linux/oom-score.ts';
import { joinCgroup } from './linux/shim-cgroup.ts';
import { nodeFlags } from './startup/load-serve.ts';

const socketFolder = '/run/containerd/s';
/** Containers that share the first of these that they have share a serving process. */
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
  if (!(await isServed(socket))) await serve(args, socket, await askedCgroup());
  const url = `unix://${socket}`;
  writeFresh(join(bundle, 'address'), url);
  return url;
}

/** The options' `shim_cgroup`; empty for none. */
async function askedCgroup(): Promise<string> {
  const input = await readStandardInput();
  if (input.length === 0) return '';
  // Most often there are no options: protobuf would be loaded for nothing.
  const { bootstrapOptions } = await import('./actions/bootstrap.ts');
  return bootstrapOptions(input)?.shimCgroup ?? '';
}

/** Starts the serving process, detached, and waits until it says on descriptor 3 that it, or another one, listens. */
function serve(
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
    let said = '';
    const fail = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`the serving process did not come up: ${why}`));
    };
    const timer = setTimeout(() => fail(`nothing within ${readyTimeoutMs} ms`), readyTimeoutMs);
    child.on('error', (error) => fail(error.message));
    child.stdio[3]?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stdio[3]?.on('close', () => {
      clearTimeout(timer);
      if (said !== 'ready' && said !== 'served') return fail(said.trim() || 'it ended without a word');
      child.unref();
      resolve();
    });
    try {
      if (child.pid !== undefined) place(child.pid, cgroup);
    } catch (error) {
      fail((error as Error).message);
    }
  });
}

/** Before the process has done anything: what it takes is accounted where it belongs. */
function place(pid: number, cgroup: string): void {
  if (cgroup !== '') joinCgroup(cgroup, pid);
  adjustOomScore(pid, process.ppid);
}
