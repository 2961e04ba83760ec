import { fromBinary } from '@bufbuild/protobuf';
import { RuntimeInfoSchema } from '../../wire/proto/gen/info_pb.ts';

/** What a shim says of itself. */
export interface ShimInfo {
  readonly name: string;
  readonly version: string;
  readonly revision: string;
}

/**
 * Asks a shim what it is by `-info`, as containerd does when a runtime is used first.
 *
 * @param run runs the shim with these arguments
 * @returns null where the shim has no such flag: it SHOULD have it
 */
export async function askInfo(run: (args: readonly string[]) => Promise<Buffer>): Promise<ShimInfo | null> {
  try {
    const { name, version } = fromBinary(RuntimeInfoSchema, await run(['-info']));
    return name === '' ? null : { name, version: version?.version ?? '', revision: version?.revision ?? '' };
  } catch {
    return null;
  }
}
