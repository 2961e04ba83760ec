import { closeSync, constants, fstatSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { parseJson } from './json.ts';

/** A config.json that is larger is refused, in bytes. */
const configMaxBytes = 16 * 1024 ** 2;
const smallMaxBytes = 64 * 1024;

/** Where the pid of a container's init is kept in its bundle. */
export const initPidFile = 'init.pid';

/** What the shim needs to know of a bundle's config.json. */
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
  // Another container's bundle is the shim's working directory.
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

/** Reads a small file of the shim's own in a bundle, which may be something else by now. @throws Error where it is */
export function readSmall(file: string): string {
  return readFileAtOnce(file, smallMaxBytes);
}

/** Reads a file, and nothing that could hold up all tasks of the shim: a FIFO, a device, or a file without end. */
function readFileAtOnce(file: string, maxBytes: number): string {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new Error('it is no file');
    if (stats.size > maxBytes)
      throw new Error(`it is too large (got ${stats.size} bytes, allowed ${maxBytes})`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

/** Writes a new file in the place of whatever was there, a FIFO or a link to another file. */
export function writeFresh(file: string, content: string | Uint8Array): void {
  rmSync(file, { force: true });
  writeFileSync(file, content, { mode: 0o600, flag: 'wx' });
}
