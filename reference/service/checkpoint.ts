import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { CheckpointOptionsSchema } from '../../wire/proto/gen/runc_pb.ts';
import type { CheckpointTaskRequest } from '../../wire/proto/gen/task_pb.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import type { Container } from '../container/container.ts';
import { inWordsOfGoRunc } from '../container/runc.ts';

/**
 * Writes a checkpoint of a container.
 *
 * @throws StatusError with runc's first line, and the path of CRIU's log
 */
export async function checkpointContainer(
  { id, bundle, runc }: Container,
  r: CheckpointTaskRequest,
  client: AbortSignal,
): Promise<void> {
  const options = fromBinary(CheckpointOptionsSchema, r.options?.value ?? new Uint8Array());
  const work = options.workPath || join(bundle, 'work', 'criu-work');
  const flags = [
    ...(options.exit ? [] : ['--leave-running']),
    ...(options.openTcp ? ['--tcp-established'] : []),
    ...(options.externalUnixSockets ? ['--ext-unix-sk'] : []),
    ...(options.terminal ? ['--shell-job'] : []),
    ...(options.fileLocks ? ['--file-locks'] : []),
    ...options.emptyNamespaces.flatMap((namespace) => ['--empty-ns', namespace]),
  ];
  try {
    await runc.run(['checkpoint', '--image-path', r.path, '--work-path', work, ...flags, id], { client });
  } catch (cause) {
    const [first] = inWordsOfGoRunc(cause as Error).split('\n');
    const log = join(bundle, 'criu-dump.log');
    if (existsSync(join(work, 'dump.log'))) copyFileSync(join(work, 'dump.log'), log);
    throw new StatusError(code.unknown, `${first} path= ${log}`, { cause });
  } finally {
    if (options.workPath === '') rmSync(work, { recursive: true, force: true });
  }
}
