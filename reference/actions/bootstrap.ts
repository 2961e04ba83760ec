import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { BootstrapParamsSchema } from '../../wire/proto/gen/bootstrap_pb.ts';
import { type Options, OptionsSchema } from '../../wire/proto/gen/runc_pb.ts';

/**
 * The runc options in what containerd writes to the action `start`: an Any, or from 2.3 on BootstrapParams with the Any
 * among their extensions. Null for no options, or another runtime's.
 *
 * @throws Error where the bytes are neither
 */
export function bootstrapOptions(input: Uint8Array): Options | null {
  const [any, params] = [decodeOrNull(AnySchema, input), decodeOrNull(BootstrapParamsSchema, input)];
  if (!any && !params)
    throw new Error(
      `standard input is no protobuf (got ${input.length} bytes, allowed a google.protobuf.Any or BootstrapParams)`,
    );
  const candidates = [any, ...(params?.extensions ?? []).map(({ value }) => value)];
  const found = candidates.find((each): each is Any => each?.typeUrl === OptionsSchema.typeName);
  return found ? fromBinary(OptionsSchema, found.value) : null;
}

/** Null where the bytes are another message. Some bytes are valid as both messages: the Any's type URL tells them apart. */
function decodeOrNull<D extends DescMessage>(schema: D, input: Uint8Array): MessageShape<D> | null {
  try {
    return fromBinary(schema, input);
  } catch {
    return null;
  }
}
