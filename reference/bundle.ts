import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { code, StatusError } from './ttrpc/status.ts';

/** What the shim needs to know of a bundle's config.json. */
export interface BundleConfig {
  readonly sharedPidNamespace: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly cgroupsPath: string;
}

interface RuntimeSpec {
  readonly annotations?: Record<string, string>;
  readonly linux?: {
    readonly cgroupsPath?: string;
    readonly namespaces?: readonly { readonly type: string; readonly path?: string }[];
  };
}

/** @throws StatusError where config.json cannot be read */
export function readConfig(bundle: string): BundleConfig {
  const file = join(bundle, 'config.json');
  try {
    const { annotations = {}, linux = {} } = JSON.parse(readFileSync(file, 'utf8')) as RuntimeSpec;
    const own = (linux.namespaces ?? []).some(({ type, path }) => type === 'pid' && !path);
    return { sharedPidNamespace: !own, annotations, cgroupsPath: linux.cgroupsPath ?? '' };
  } catch (cause) {
    throw new StatusError(code.invalidArgument, `cannot read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}
