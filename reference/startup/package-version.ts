import { createRequire } from 'node:module';

/** The version of this package. */
export function packageVersion(): string {
  // The bundle stands in the same folder as this module.
  return (createRequire(import.meta.url)('../../../package.json') as { version: string }).version;
}
