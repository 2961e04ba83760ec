import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { DeleteResponseSchema } from '../../wire/proto/gen/task_pb.ts';
import { exitFile, initPidFile, readSmall } from '../container/bundle.ts';
import { unmountRootfs } from '../container/mounts.ts';
import { readOptions } from '../container/options.ts';
import { Runc } from '../container/runc.ts';
import { requireIdentifier } from '../service/identifier.ts';
import type { ShimArguments } from './arguments.ts';
import { removeDeadSocket } from './take-socket.ts';

/** The exit status of a process that SIGKILL ended. */
const killed = 137;

/**
 * The action `delete`, which containerd runs when it has lost a shim: kills and deletes what is left of the container.
 *
 * @returns the DeleteResponse, serialised: of the exit that the shim had published, else of a kill
 */
export async function deleteLeftovers(
  { namespace, id, bundle }: ShimArguments,
  nowMs: number,
): Promise<Uint8Array> {
  requireIdentifier('the container id', id);
  const runc = new Runc(readOptions(bundle, namespace));
  try {
    await runc.endCalls();
    await runc.run(['delete', '--force', id]);
  } catch (error) {
    if (!(error as Error).message.includes('does not exist')) warn((error as Error).message);
  }
  for (const line of await unmountRootfs(bundle).catch(({ message }: Error) => [message])) warn(line);
  await removeSocket(bundle);
  const kept = exitIn(bundle);
  if (kept) return kept;
  const { seconds, nanos } = timestampFromMs(nowMs);
  return toBinary(
    DeleteResponseSchema,
    create(DeleteResponseSchema, { pid: pidIn(bundle), exitStatus: killed, exitedAt: { seconds, nanos } }),
  );
}

/** containerd logs what it finds on standard error. */
function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** How the init has ended, where the shim published it; null where it did not, or something else lies there. */
function exitIn(bundle: string): Uint8Array | null {
  try {
    const bytes = Buffer.from(readSmall(join(bundle, exitFile), 'latin1'), 'latin1');
    fromBinary(DeleteResponseSchema, bytes);
    return bytes;
  } catch {
    return null;
  }
}

function pidIn(bundle: string): number {
  try {
    return Number(readSmall(join(bundle, initPidFile))) || 0;
  } catch {
    return 0;
  }
}

/** Removes the socket of a serving process that is gone. */
async function removeSocket(bundle: string): Promise<void> {
  let socket: string;
  try {
    socket = readSmall(join(bundle, 'address')).replace(/^unix:\/\//, '');
  } catch {
    return; // The serving process never came up.
  }
  await removeDeadSocket(socket);
}
