import { closeSync, constants, fstatSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { parseJson } from './json.ts';

/** The largest config.json that is read, in bytes. */
const configMaxBytes = 16 * 1024 ** 2;
const smallMaxBytes = 64 * 1024;

/** The file in a bundle that keeps the pid of the container's init. */
export const initPidFile = 'init.pid';

/** The file in a bundle that says that Delete has left nothing: a DeleteResponse, which main.sh prints for the action `delete`. */
export const deletedFile = 'deleted';

/** The file in a bundle that keeps how the container's init has ended, once that is published: a DeleteResponse. */
export const exitFile = 'exit';

/** What the shim reads in a bundle's config.json. */
export interface BundleConfig {
  readonly sharedPidNamespace: boolean;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuntimeSpec {
  readonly annotations?: Record<string, string> | null;
  readonly linux?: {
    readonly namespaces?: readonly { readonly type: string; readonly path?: string }[] | null;
  } | null;
}

/** @throws StatusError where config.json cannot be read */
export function readConfig(bundle: string): BundleConfig {
  const file = join(bundle, 'config.json');
  // The shim's working directory is the bundle of its first container.
  if (!isAbsolute(bundle))
    throw new StatusError(code.invalidArgument, `the bundle is no absolute path (got "${bundle}")`);
  try {
    const { annotations, linux } = parseJson(readFileAtOnce(file, configMaxBytes)) as RuntimeSpec;
    const own = (linux?.namespaces ?? []).some(({ type, path }) => type === 'pid' && !path);
    return { sharedPidNamespace: !own, annotations: annotations ?? {} };
  } catch (cause) {
    throw new StatusError(code.invalidArgument, `cannot read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Reads a small file that the shim wrote into a bundle. @throws Error where something else has taken its place */
export function readSmall(file: string, encoding: BufferEncoding = 'utf8'): string {
  return readFileAtOnce(file, smallMaxBytes, encoding);
}

/** Reads a regular file. A FIFO, a device or an endless file, which could stall the shim, is refused. */
function readFileAtOnce(file: string, maxBytes: number, encoding: BufferEncoding = 'utf8'): string {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Error('it is no file');
    if (stats.size > maxBytes)
      throw new Error(`it is too large (got ${stats.size} bytes, allowed ${maxBytes})`);
    return readFileSync(fd, encoding);
  } finally {
    closeSync(fd);
  }
}

/** Writes a new file. What was there, such as a FIFO or a link to another file, is removed and not written to. */
export function writeFresh(file: string, content: string | Uint8Array): void {
  rmSync(file, { force: true });
  writeFileSync(file, content, { mode: 0o600, flag: 'wx' });
}
