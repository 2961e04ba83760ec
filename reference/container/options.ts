import { join } from 'node:path';
import type { Any } from '@bufbuild/protobuf/wkt';
import { type Options, OptionsSchema } from '../../wire/proto/gen/runc_pb.ts';
import { readSmall, writeFresh } from './bundle.ts';
import type { RuncOptions } from './runc.ts';
import type { Owner } from './stdio.ts';

const rootDefault = '/run/containerd/runc';
const file = 'shim-options.json';

/** Whether an Any holds runc options; another runtime's are none of ours. */
export function holdsOptions(any: Any | undefined): any is Any {
  // containerd writes the bare name, protobuf's own libraries put a host before it.
  return any?.typeUrl.split('/').at(-1) === OptionsSchema.typeName;
}

/** How to run the OCI runtime for a container: containerd's options, or their defaults. */
export function runcOptions(bundle: string, namespace: string, options: Options | null): RuncOptions {
  return {
    binary: options?.binaryName || 'runc',
    root: join(options?.root || rootDefault, namespace),
    log: join(bundle, 'log.json'),
    systemdCgroup: options?.systemdCgroup ?? false,
    criu: options?.criuPath ?? '',
    createFlags: [
      ...(options?.noPivotRoot ? ['--no-pivot'] : []),
      ...(options?.noNewKeyring ? ['--no-new-keyring'] : []),
    ],
  };
}

/** Owner of the pipes of a container's processes; null leaves it unchanged. */
export function ioOwner(options: Options | null): Owner | null {
  const { ioUid: uid, ioGid: gid } = options ?? { ioUid: 0, ioGid: 0 };
  return uid === 0 && gid === 0 ? null : { uid, gid };
}

/** Keeps the options in the bundle for the action `delete`, which containerd does not tell them. */
export function writeOptions(bundle: string, options: RuncOptions): void {
  writeFresh(join(bundle, file), JSON.stringify(options));
}

/** The options that Create kept, or the defaults where it kept none. */
export function readOptions(bundle: string, namespace: string): RuncOptions {
  try {
    return JSON.parse(readSmall(join(bundle, file))) as RuncOptions;
  } catch {
    return runcOptions(bundle, namespace, null);
  }
}
