import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import {
  type BootstrapParams,
  BootstrapParamsSchema,
  BootstrapResultSchema,
} from '../../wire/proto/gen/bootstrap_pb.ts';
import { OptionsSchema } from '../../wire/proto/gen/runc_pb.ts';
import { holdsOptions } from '../container/options.ts';
import type { ShimArguments } from './arguments.ts';

/** What containerd tells the action `start`, by whichever protocol. */
export interface Bootstrap {
  /** Whether it waits for a BootstrapResult: it is containerd 2.3 or newer. */
  readonly wantsResult: boolean;
  /** containerd's own socket. */
  readonly address: string;
  /** containerd's socket for events. */
  readonly eventsAddress: string;
  /** In containerd's numbers. */
  readonly logLevel: number;
  /** The folder for the shim's socket; empty for the default. */
  readonly socketFolder: string;
  /** The option `shim_cgroup`; empty for none. */
  readonly shimCgroup: string;
}

/**
 * Reads what containerd writes to the action `start`: BootstrapParams from 2.3 on, before that an Any with options. What the
 * params leave out is taken from the flags.
 *
 * @throws Error where the bytes are neither, or are meant for another container
 */
export function readBootstrap(input: Uint8Array, args: ShimArguments, eventsAddress: string): Bootstrap {
  const params = paramsIn(input, args);
  const candidates = params ? params.extensions.map(({ value }) => value) : [decode(AnySchema, input)];
  const options = candidates.find(holdsOptions);
  return {
    wantsResult: params !== null,
    address: params?.containerdGrpcAddress || args.address,
    eventsAddress: params?.containerdTtrpcAddress || eventsAddress,
    logLevel: params?.logLevel || args.logLevel,
    socketFolder: params?.socketDir ?? '',
    shimCgroup: options ? decode(OptionsSchema, options.value).shimCgroup : '',
  };
}

/** The answer to BootstrapParams. */
export function bootstrapResult(address: string): Uint8Array {
  const result = create(BootstrapResultSchema, { version: 3, address, protocol: 'ttrpc' });
  return toBinary(BootstrapResultSchema, result);
}

/**
 * The params; null where the bytes are an Any.
 *
 * An Any can often be read as params, too: its type URL and value as container id and namespace. But params name what the
 * flags name, and have more than two fields.
 */
function paramsIn(input: Uint8Array, { id, namespace }: ShimArguments): BootstrapParams | null {
  let params: BootstrapParams;
  try {
    params = fromBinary(BootstrapParamsSchema, input);
  } catch {
    return null;
  }
  if (params.instanceId === id && params.namespace === namespace) return params;
  const isMore = params.containerdGrpcAddress !== '' || params.containerdVersion !== '';
  if (!isMore && params.instanceId !== id) return null;
  throw new Error(
    `standard input is meant for another container (got BootstrapParams of "${params.instanceId}" in "${params.namespace}", allowed "${id}" in "${namespace}")`,
  );
}

function decode<D extends DescMessage>(schema: D, input: Uint8Array): MessageShape<D> {
  try {
    return fromBinary(schema, input);
  } catch (cause) {
    throw new Error(
      `standard input is no protobuf (got ${input.length} bytes, allowed a google.protobuf.Any or BootstrapParams): ${(cause as Error).message}`,
      { cause },
    );
  }
}
