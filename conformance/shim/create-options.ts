/** The options of a Create: which OCI runtime the shim is to use, and where that keeps its state. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { type Any, anyPack } from '@bufbuild/protobuf/wkt';
import { OptionsSchema as RuncOptionsSchema } from '../../wire/proto/gen/runc_pb.ts';
import { OptionsSchema as RuntimeOptionsSchema } from '../../wire/proto/gen/runtimeoptions_pb.ts';

/**
 * @param folder the tester's; the state goes below it
 * @param config the shim's own configuration in TOML, where its options are those of no runc; `binary_name` and `root`
 *   are put before it
 */
export function createOptions(folder: string, runtime: string, config: string | null): Any {
  const root = join(folder, 'runc');
  if (config === null)
    return packed(RuncOptionsSchema, create(RuncOptionsSchema, { binaryName: runtime, root }));
  const configPath = join(folder, 'config.toml');
  writeFileSync(
    configPath,
    `binary_name = ${JSON.stringify(runtime)}\nroot = ${JSON.stringify(root)}\n${config}`,
  );
  return packed(RuntimeOptionsSchema, create(RuntimeOptionsSchema, { configPath }));
}

/** Packed as containerd packs it: the type has no host. */
function packed<D extends DescMessage>(schema: D, message: MessageShape<D>): Any {
  const any = anyPack(schema, message);
  any.typeUrl = schema.typeName;
  return any;
}
