import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { CheckpointOptionsSchema } from '../../wire/proto/gen/runc_pb.ts';
import type { CheckpointTaskRequest, CreateTaskRequest } from '../../wire/proto/gen/task_pb.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import type { Checkpoint, Container } from './container.ts';
import { inWordsOfGoRunc, type RunOptions } from './runc.ts';

/** CRIU failed: runc's first line, and the path of CRIU's log. */
class CriuError extends Error {
  override readonly name = 'CriuError';
}

/** The checkpoint that a Create names; null for none. @throws StatusError where its path is not absolute */
export function checkpointOf({ checkpoint, parentCheckpoint }: CreateTaskRequest): Checkpoint | null {
  if (checkpoint === '') return null;
  // The shim's working directory is the bundle of its first container.
  if (isAbsolute(checkpoint)) return { image: checkpoint, parent: parentCheckpoint };
  throw new StatusError(
    code.invalidArgument,
    `the checkpoint is no absolute path (got "${checkpoint}", allowed the folder of a CRIU image)`,
  );
}

/**
 * Writes a checkpoint of a container.
 *
 * @throws CriuError
 */
export async function checkpointContainer(
  { id, bundle, runc }: Container,
  r: CheckpointTaskRequest,
  client: AbortSignal,
): Promise<void> {
  const options = fromBinary(CheckpointOptionsSchema, r.options?.value ?? new Uint8Array());
  const flags = [
    ...(options.exit ? [] : ['--leave-running']),
    ...(options.openTcp ? ['--tcp-established'] : []),
    ...(options.externalUnixSockets ? ['--ext-unix-sk'] : []),
    ...(options.terminal ? ['--shell-job'] : []),
    ...(options.fileLocks ? ['--file-locks'] : []),
    ...options.emptyNamespaces.flatMap((namespace) => ['--empty-ns', namespace]),
  ];
  const call = (work: string): Promise<string> =>
    runc.run(['checkpoint', '--image-path', r.path, '--work-path', work, ...flags, id], { client });
  await runCriu(bundle, { verb: 'dump', work: options.workPath, call });
}

/**
 * Runs `runc restore`, which makes the container's processes anew as they were.
 *
 * @param args more arguments of runc
 * @throws CriuError
 */
export async function restoreContainer(
  { id, bundle, runc }: Container,
  { image, parent }: Checkpoint,
  args: readonly string[],
  options: RunOptions,
): Promise<void> {
  const flags = [
    '--image-path',
    image,
    ...(parent === '' ? [] : ['--parent-path', parent]),
    '--no-subreaper',
  ];
  const call = (work: string): Promise<string> =>
    runc.restore(bundle, ['--work-path', work, ...flags, ...args, id], options);
  await runCriu(bundle, { verb: 'restore', work: '', call });
}

/** Runs runc with a folder for CRIU's log. @param work its path; empty for one that goes with the call */
async function runCriu(
  bundle: string,
  {
    verb,
    work: asked,
    call,
  }: { verb: 'dump' | 'restore'; work: string; call: (work: string) => Promise<string> },
): Promise<void> {
  const work = asked || join(bundle, 'work', 'criu-work');
  try {
    await call(work);
  } catch (cause) {
    const words = verb === 'dump' ? inWordsOfGoRunc(cause as Error) : (cause as Error).message;
    const log = join(bundle, `criu-${verb}.log`);
    const written = join(work, `${verb}.log`);
    if (existsSync(written)) copyFileSync(written, log);
    throw new CriuError(`${words.split('\n')[0]} path= ${log}`, { cause });
  } finally {
    if (asked === '') rmSync(work, { recursive: true, force: true });
  }
}
