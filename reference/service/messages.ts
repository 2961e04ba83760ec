import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type Any, anyPack, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Options, OptionsSchema } from '../../wire/proto/gen/runc_pb.ts';
import type { ExecProcessRequest } from '../../wire/proto/gen/task_pb.ts';
import { refuseTooManyFields } from '../../wire/ttrpc/fields.ts';
import type { UnaryMethod } from '../../wire/ttrpc/server.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import type { ContainerProcess } from '../container/container.ts';
import { parseJson } from '../container/json.ts';
import { holdsOptions } from '../container/options.ts';

/** Go's zero time: what containerd sends for "not yet". */
const zeroTime = { seconds: -62_135_596_800n, nanos: 0 };

/**
 * A unary method that decodes its request and encodes its answer.
 *
 * @param run its `client` is aborted when the client is gone or its deadline has passed
 */
export function unary<I extends DescMessage, O extends DescMessage>(
  input: I,
  output: O,
  run: (request: MessageShape<I>, client: AbortSignal) => MessageInitShape<O> | Promise<MessageInitShape<O>>,
): UnaryMethod {
  return async (payload, { signal }): Promise<Uint8Array> => {
    const answer = await run(decode(input, payload), signal);
    return toBinary(output, create(output, answer));
  };
}

function decode<I extends DescMessage>(schema: I, payload: Uint8Array): MessageShape<I> {
  refuseTooManyFields(payload, schema.typeName);
  try {
    return fromBinary(schema, payload);
  } catch (cause) {
    throw new StatusError(
      code.invalidArgument,
      `the request is no ${schema.typeName}: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Packs a message as containerd does: its type URL is the bare name. */
export function bareAny<D extends DescMessage>(schema: D, message: MessageInitShape<D>): Any {
  const packed = anyPack(schema, create(schema, message));
  packed.typeUrl = schema.typeName;
  return packed;
}

export function stdioFields({
  stdin,
  stdout,
  stderr,
  terminal,
}: ContainerProcess['stdio']): ContainerProcess['stdio'] {
  return { stdin, stdout, stderr, terminal };
}

/**
 * An exec's OCI process, JSON. Its `terminal` is what the request says.
 *
 * @throws StatusError invalidArgument where it is no JSON
 */
export function processSpecOf({ spec, terminal }: ExecProcessRequest): string {
  const text = Buffer.from(spec?.value ?? []).toString('utf8');
  let parsed: { terminal?: boolean };
  try {
    parsed = parseJson(text) as typeof parsed;
  } catch (cause) {
    const { message } = cause as Error;
    throw new StatusError(code.invalidArgument, `the exec's process is no JSON: ${message}`, { cause });
  }
  // Unchanged where possible: JSON.parse would round numbers above 2^53.
  return (parsed?.terminal ?? false) === terminal ? text : JSON.stringify({ ...parsed, terminal });
}

/** The fields of an answer or an event that say how a process ended. */
export function exitFields(process: ContainerProcess | undefined): {
  exitStatus: number;
  exitedAt: { seconds: bigint; nanos: number };
} {
  const end = process?.end;
  if (!end) return { exitStatus: 0, exitedAt: zeroTime };
  const { seconds, nanos } = timestampFromMs(end.atMs);
  return { exitStatus: end.status, exitedAt: { seconds, nanos } };
}

/** The runc options of a Create; null where it has none, or another runtime's. */
export function runtimeOptions(options: Any | undefined): Options | null {
  return holdsOptions(options) ? decode(OptionsSchema, options.value) : null;
}
