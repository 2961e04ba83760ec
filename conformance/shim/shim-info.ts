import { fromBinary } from '@bufbuild/protobuf';
import { RuntimeInfoSchema } from '../../wire/proto/gen/info_pb.ts';
import { eventsSocket } from './janitor.ts';
import { outputOf } from './processes.ts';

const infoTimeoutMs = 10_000;

/** What a shim says of itself. */
export interface ShimInfo {
  readonly name: string;
  readonly version: string;
  readonly revision: string;
}

/**
 * Runs a shim with `-info`, as containerd does when a runtime is used first.
 *
 * @param folder the tester's, where the shim runs and whose janitor ends what it leaves
 * @returns null where the shim has no such flag: it SHOULD have it
 */
export async function askInfo(shim: string, folder: string): Promise<ShimInfo | null> {
  const env = { ...process.env, TTRPC_ADDRESS: eventsSocket(folder) };
  try {
    const output = await outputOf(shim, ['-info'], { cwd: folder, env, timeoutMs: infoTimeoutMs });
    const { name, version } = fromBinary(RuntimeInfoSchema, output);
    return name === '' ? null : { name, version: version?.version ?? '', revision: version?.revision ?? '' };
  } catch {
    return null;
  }
}
