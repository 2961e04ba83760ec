import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { type BundleConfig, readConfig, writeFresh } from '../container/bundle.ts';
import { detach } from '../linux/detach.ts';
import { raiseOomScore } from '../linux/oom-score.ts';
import { joinCgroup } from '../linux/shim-cgroup.ts';
import type { ShimArguments } from './arguments.ts';
import { type Bootstrap, bootstrapResult, readBootstrap } from './bootstrap.ts';
import { serve } from './serve.ts';
import { isServed } from './socket.ts';
import { readStandardInput } from './standard-input.ts';

const socketFolderDefault = '/run/containerd/s';
/** The characters of a socket's name, and of the whole path: sockaddr_un has 108 with the 0 at its end. */
const nameLength = 32;
const pathMax = 107;
/** Containers with the same value of the first annotation that they have share a serving process. */
const groupAnnotations = ['io.containerd.runc.v2.group', 'io.kubernetes.cri.sandbox-id'];

/** How `start` went. */
export interface Started {
  /** What containerd reads: the address, or since 2.3 a BootstrapResult. */
  readonly answer: string | Uint8Array;
  /** Lets go of the caller, where this process serves now; null where another one of the group does. */
  readonly detach: (() => void) | null;
}

/**
 * The action `start`: finds the serving process of the group, or becomes it, and writes its address into the bundle.
 *
 * Why in this process: Node takes longer to start than all that a shim does for a container.
 *
 * @throws Error with what was refused, or why this process cannot serve
 */
export async function start(args: ShimArguments): Promise<Started> {
  const { bundle } = args;
  const told = readBootstrap(await readStandardInput(), args, process.env.TTRPC_ADDRESS ?? '');
  const folder = told.socketFolder || socketFolderDefault;
  const socket = join(folder, socketName(told, args, readConfig(bundle)));
  if (!isAbsolute(folder) || Buffer.byteLength(socket) > pathMax)
    throw new Error(
      `socket_dir cannot be used (got "${folder}", allowed an absolute path of at most ${pathMax - 1 - nameLength} bytes)`,
    );
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const detach = (await isServed(socket)) ? null : await serveHere(args, told, socket);
  const url = `unix://${socket}`;
  writeFresh(join(bundle, 'address'), url);
  return { answer: told.wantsResult ? bootstrapResult(url) : url, detach };
}

/** @returns what lets go of the caller; null where another process has taken the socket meanwhile */
async function serveHere(
  { namespace, id, bundle }: ShimArguments,
  { eventsAddress, logLevel, shimCgroup }: Bootstrap,
  socket: string,
): Promise<(() => void) | null> {
  // Before this process has used much.
  if (shimCgroup !== '') joinCgroup(shimCgroup, process.pid);
  raiseOomScore();
  try {
    return (await serve({ namespace, id, bundle, socket, eventsAddress, logLevel })) ? detach : null;
  } catch (cause) {
    throw new Error(`cannot serve at ${socket}: ${(cause as Error).message}`, { cause });
  }
}

/** The same for all containers of a group. As in upstream an annotation that is present decides, even an empty one. */
function socketName({ address }: Bootstrap, { namespace, id }: ShimArguments, config: BundleConfig): string {
  const { annotations } = config;
  const group = groupAnnotations.map((name) => annotations[name]).find((value) => value !== undefined) ?? id;
  return createHash('sha256')
    .update(`${JSON.stringify([address, namespace, group])}\n`)
    .digest('hex')
    .slice(0, nameLength);
}
