import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Janitor, mark } from './janitor.ts';
import { type Config, Subject } from './subject.ts';

/**
 * Runs one container without a shim: what the OCI runtime cannot do here is no shim's fault.
 *
 * @throws Error with what the runtime said where it fails
 */
export function tryRuntime(runtime: string, rootfs: string): void {
  const bundle = mkdtempSync(join(tmpdir(), 'shim-spec-runtime-'));
  const janitor = new Janitor(bundle);
  try {
    const file = join(bundle, 'config.json');
    spawnSync('runc', ['spec', '--bundle', bundle]);
    const config = JSON.parse(readFileSync(file, 'utf8')) as Config;
    config.root = { path: rootfs, readonly: true };
    config.process.terminal = false;
    config.process.args = ['/bin/true'];
    config.linux.cgroupsPath = `/${basename(bundle)}`;
    writeFileSync(file, JSON.stringify(config));
    const args = ['--root', join(bundle, 'root'), 'run', '--bundle', bundle, basename(bundle)];
    const { status, stderr, error } = spawnSync(runtime, args, {
      encoding: 'utf8',
      env: { ...process.env, TTRPC_ADDRESS: mark(bundle) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (error) throw error;
    if (status !== 0) throw new Error(stderr.trim() || `exit status ${status}`);
  } finally {
    janitor.sweep();
  }
}

/**
 * Starts a shim once, and ends it.
 *
 * @throws Error with what is wrong where it does not come up
 */
export async function tryShim(shim: string, rootfs: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const subject = new Subject(shim, rootfs, { env });
  try {
    await subject.start('c1');
  } finally {
    await subject.end();
  }
}
