import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type Any, anyPack, timestampFromMs } from '@bufbuild/protobuf/wkt';
import { containerOf, type ProcessId } from '../../spec/index.ts';
import { type Options, OptionsSchema } from '../../wire/proto/gen/runc_pb.ts';
import type { ExecProcessRequest } from '../../wire/proto/gen/task_pb.ts';
import { refuseTooManyFields } from '../../wire/ttrpc/fields.ts';
import type { Handler } from '../../wire/ttrpc/server.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { parseJson } from '../container/json.ts';
import type { TaskProcess } from '../driver/tasks.ts';

/** Go's zero time: what containerd sends for "not yet". */
const zeroTime = { seconds: -62_135_596_800n, nanos: 0 };

/** @param client is aborted when the client is gone or its deadline has passed */
type Method<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  client: AbortSignal,
) => MessageInitShape<O> | Promise<MessageInitShape<O>>;

/** A unary method with its messages decoded and encoded. */
export function method<I extends DescMessage, O extends DescMessage>(
  input: I,
  output: O,
  run: Method<I, O>,
): Handler {
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

/** An Any under a bare type name, as containerd has them. */
export function bare<D extends DescMessage>(schema: D, message: MessageInitShape<D>): Any {
  const packed = anyPack(schema, create(schema, message));
  packed.typeUrl = schema.typeName;
  return packed;
}

export function processOf({ id, execId }: { id: string; execId: string }): ProcessId {
  return execId === '' ? id : `${id}/${execId}`;
}

export function execIdOf(process: ProcessId): string {
  return process.slice(containerOf(process).length + 1);
}

export function stdioOf({ stdin, stdout, stderr, terminal }: TaskProcess['stdio']): TaskProcess['stdio'] {
  return { stdin, stdout, stderr, terminal };
}

/** An exec's OCI process, JSON; whether it has a terminal is the request's word. @throws StatusError where it is none */
export function processSpecOf({ spec, terminal }: ExecProcessRequest): string {
  const text = Buffer.from(spec?.value ?? []).toString('utf8');
  let parsed: { terminal?: boolean };
  try {
    parsed = parseJson(text) as typeof parsed;
  } catch (cause) {
    const { message } = cause as Error;
    throw new StatusError(code.invalidArgument, `the exec's process is no JSON: ${message}`, { cause });
  }
  // What is right stays as it came: numbers above 2^53 would not survive.
  return (parsed?.terminal ?? false) === terminal ? text : JSON.stringify({ ...parsed, terminal });
}

export function endOf(known: TaskProcess | undefined): {
  exitStatus: number;
  exitedAt: { seconds: bigint; nanos: number };
} {
  const ended = known?.ended;
  if (!ended) return { exitStatus: 0, exitedAt: zeroTime };
  const { seconds, nanos } = timestampFromMs(ended.atMs);
  return { exitStatus: ended.status, exitedAt: { seconds, nanos } };
}

/** Options that this shim knows; containerd may send others, or none. */
export function runtimeOptions(options: Any | undefined): Options | null {
  return options?.typeUrl === OptionsSchema.typeName ? decode(OptionsSchema, options.value) : null;
}
