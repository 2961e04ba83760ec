/**
 * How a shim is told what to serve, and how it says where: the bootstrap protocol of containerd 2.3 and newer, and what
 * came before it.
 *
 * | containerd | writes to standard input | accepts on standard output |
 * | --- | --- | --- |
 * | up to 1.6 | nothing, or options | an address |
 * | 1.7 to 2.2 | nothing, or options | an address, or JSON |
 * | 2.3 and newer | BootstrapParams | BootstrapResult, or JSON, or an address |
 *
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/docs/runtime-v2.md#L197-L261
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BootstrapParamsSchema, BootstrapResultSchema } from '../../wire/proto/gen/bootstrap_pb.ts';

/** What the action `start` gets on standard input. Flags and variables are the same in both. */
export const startInputs = ['BootstrapParams', 'nothing'] as const;
export type StartInput = (typeof startInputs)[number];

/** What a shim's action `start` answered. */
export interface StartAnswer {
  readonly form: 'BootstrapResult' | 'JSON' | 'a bare address';
  /** The version of the Task service, 2 or 3. */
  readonly version: number;
  /** The path of its socket. */
  readonly address: string;
  readonly protocol: 'ttrpc' | 'grpc';
}

const versions = [2, 3];
const shownMax = 200;

/** Whose container it is, and where containerd would be. */
export interface BootstrapOptions {
  readonly namespace: string;
  readonly id: string;
  readonly grpcAddress: string;
  readonly ttrpcAddress: string;
  readonly binary: string;
}

/** The bytes that `start` gets. */
export function startInputFor(input: StartInput, options: BootstrapOptions): Uint8Array {
  if (input === 'nothing') return new Uint8Array();
  const { namespace, id, grpcAddress, ttrpcAddress, binary } = options;
  const params = create(BootstrapParamsSchema, {
    instanceId: id,
    namespace,
    containerdVersion: 'v2.3.4',
    containerdTtrpcAddress: ttrpcAddress,
    containerdGrpcAddress: grpcAddress,
    containerdBinary: binary,
  });
  return toBinary(BootstrapParamsSchema, params);
}

/**
 * Reads what `start` printed, as containerd 2.3 does.
 *
 * @throws Error where it is no answer, or one that containerd refuses
 */
export function startAnswerIn(output: Uint8Array): StartAnswer {
  const said = resultIn(output) ?? textIn(output);
  const address = said.address.replace(/^unix:\/\//, '');
  const protocol = said.protocol.toLowerCase();
  if (!address.startsWith('/'))
    throw new Error(
      `the shim printed no address of a socket (got ${shownOutput(output)}, allowed the path of a unix socket)`,
    );
  if (protocol !== 'ttrpc' && protocol !== 'grpc')
    throw new Error(`the shim's protocol is unknown (got '${said.protocol}', allowed 'ttrpc' or 'grpc')`);
  if (!versions.includes(said.version))
    throw new Error(`the shim's version is unknown (got ${said.version}, allowed ${versions.join(' or ')})`);
  return { ...said, address, protocol };
}

interface Said {
  readonly form: StartAnswer['form'];
  readonly version: number;
  readonly address: string;
  readonly protocol: string;
}

/** Null where the bytes are no BootstrapResult, or one without an address. */
function resultIn(output: Uint8Array): Said | null {
  try {
    const { version, address, protocol } = fromBinary(BootstrapResultSchema, output);
    return address === '' ? null : { form: 'BootstrapResult', version, address, protocol };
  } catch {
    return null;
  }
}

function textIn(output: Uint8Array): Said {
  const text = new TextDecoder().decode(output).trim();
  return jsonIn(text) ?? { form: 'a bare address', version: 2, address: text, protocol: 'ttrpc' };
}

function jsonIn(text: string): Said | null {
  try {
    const { version, address, protocol } = JSON.parse(text) as Partial<Record<string, unknown>>;
    return typeof version === 'number' && typeof address === 'string'
      ? { form: 'JSON', version, address, protocol: String(protocol) }
      : null;
  } catch {
    return null;
  }
}

/** What a shim printed, on one line and not too long. */
function shownOutput(output: Uint8Array): string {
  const text = new TextDecoder().decode(output.subarray(0, shownMax)).trim();
  return output.length === 0 ? 'nothing' : `${JSON.stringify(text)}${output.length > shownMax ? ' …' : ''}`;
}

/** What each version of containerd expects of `start`, for whoever's shim gives no answer. */
export const startExpectations: readonly string[] = [
  'containerd 2.3 and newer writes BootstrapParams to standard input, and expects a BootstrapResult, JSON or an address',
  'containerd 1.7 to 2.2 writes runtime options or nothing, and expects JSON {"version", "address", "protocol"} or an address',
  'containerd up to 1.6 writes runtime options or nothing, and expects an address: unix:///run/…',
];
