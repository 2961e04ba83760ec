import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { makeBundle } from './bundle.ts';
import { eventsSocket, Janitor } from './janitor.ts';
import type { Started } from './shim-action.ts';
import { askInfo, type ShimInfo } from './shim-info.ts';
import { Subject } from './subject.ts';
import type { TaskServiceName } from './task-client.ts';

/**
 * Runs one container without a shim: if the OCI runtime fails here, the shim is not to blame.
 *
 * @throws Error with what the runtime said
 */
export function tryRuntime(runtime: string, rootfs: string): void {
  const bundle = mkdtempSync(join(tmpdir(), 'shim-spec-runtime-'));
  const janitor = new Janitor(bundle);
  try {
    makeBundle(bundle, { rootfs, cgroupsPath: `/${basename(bundle)}`, args: ['/bin/true'] });
    const args = ['--root', join(bundle, 'root'), 'run', '--bundle', bundle, basename(bundle)];
    const { status, stderr, error } = spawnSync(runtime, args, {
      encoding: 'utf8',
      env: { ...process.env, TTRPC_ADDRESS: eventsSocket(bundle) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (error) throw error;
    if (status !== 0) throw new Error(stderr.trim() || `exit status ${status}`);
  } finally {
    janitor.sweep();
  }
}

/** What is known of a shim before anything is judged. */
export interface ShimProfile {
  readonly started: Started;
  readonly service: TaskServiceName;
  /** What `-info` says of name, version and revision; null where the shim has no such flag. */
  readonly info: ShimInfo | null;
}

/**
 * Starts a shim once, and ends it.
 *
 * @throws Error with what is wrong where it does not come up
 */
export async function tryShim(
  shim: string,
  rootfs: string,
  env: NodeJS.ProcessEnv = {},
): Promise<ShimProfile> {
  const subject = new Subject(shim, rootfs, { env });
  try {
    const { service, started } = await subject.start('c1');
    return { service, started, info: await askInfo((args) => subject.run(args)) };
  } finally {
    await subject.end();
  }
}
