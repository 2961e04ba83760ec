/** Scripts around programs that need what a sandbox like CI's machine withholds. Each is told on the page. */
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crunIn } from '../../test/reference/crun.ts';

/** Makes a script around the program at `path`, in `folder`. @returns the script */
export type Wrapper = (path: string, folder: string) => string;

/** crun 1.8 refuses to run where both versions of cgroups have controllers. */
export const crunWrapper: Wrapper = (_, folder) => crunIn(folder);

/** Without a network of its own and without KVM or systrap. */
export const runscWrapper: Wrapper = (path, folder) =>
  script(join(folder, 'runsc-ptrace'), `exec '${path}' --network=none --platform=ptrace "$@"`);

/** A test imports this module as it is written; node runs what is built. */
const built = import.meta.url.endsWith('.ts') ? '../../dist/bench/matrix/' : './';
const serve = fileURLToPath(new URL(`${built}serve-shim.js`, import.meta.url));

/** The shim's action `start` lowers its OOM score, which takes CAP_SYS_RESOURCE. */
export const serveWrapper: Wrapper = (path, folder) =>
  script(join(folder, `served-${basename(path)}`), `exec '${process.execPath}' '${serve}' '${path}' "$@"`);

function script(file: string, line: string): string {
  writeFileSync(file, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  return file;
}
