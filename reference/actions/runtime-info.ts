import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { RuntimeInfoSchema } from '../../wire/proto/gen/info_pb.ts';
import { type Options, OptionsSchema } from '../../wire/proto/gen/runc_pb.ts';
import { holdsOptions } from '../container/options.ts';
import { runtimeEnvironment } from '../linux/environment.ts';
import { readStandardInput } from './standard-input.ts';

const featuresType = 'types.containerd.io/opencontainers/runtime-spec/1/features/Features';
const featuresTimeoutMs = 10_000;

/**
 * The flag `-info`: what this shim and its OCI runtime are. Standard input has the options, an Any, or nothing.
 *
 * @returns a RuntimeInfo, serialised; without features where the runtime has no such command
 * @throws Error where the input is no Any, or there is no such runtime
 */
export async function info(version: string): Promise<Uint8Array> {
  const input = await readStandardInput();
  const any = fromBinary(AnySchema, input);
  const options = holdsOptions(any) ? fromBinary(OptionsSchema, any.value) : null;
  const features = await featuresOf(options?.binaryName || 'runc');
  return toBinary(
    RuntimeInfoSchema,
    create(RuntimeInfoSchema, {
      name: 'io.containerd.spec.v2',
      version: { version },
      ...(options ? { options: anyOf(options) } : {}),
      ...(features ? { features: create(AnySchema, { typeUrl: featuresType, value: features }) } : {}),
    }),
  );
}

function anyOf(options: Options): Any {
  return create(AnySchema, { typeUrl: OptionsSchema.typeName, value: toBinary(OptionsSchema, options) });
}

/** What `RUNTIME features` prints; null where it has no such command, as older ones. */
async function featuresOf(runtime: string): Promise<Buffer | null> {
  // Node takes time to load it, and the other actions do without.
  const { execFileSync } = await import('node:child_process');
  try {
    const out = execFileSync(runtime, ['features'], {
      env: Object.fromEntries(runtimeEnvironment(process.env)),
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: featuresTimeoutMs,
    });
    JSON.parse(out.toString());
    return out;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error(`no OCI runtime ${runtime} (allowed: a program on PATH, or a path): install it`, {
        cause,
      });
    return null;
  }
}
