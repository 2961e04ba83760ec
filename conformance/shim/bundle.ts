import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The part of an OCI config.json that a check may change. */
export interface Config {
  annotations?: Record<string, string>;
  root: { path: string; readonly: boolean };
  process: { terminal: boolean; args: string[] };
  linux: { cgroupsPath: string; namespaces: { type: string }[]; resources: Record<string, unknown> };
}

/** What a new bundle's container is. */
export interface BundleOptions {
  /** The folder with the programs that the container runs. */
  readonly rootfs: string;
  readonly cgroupsPath: string;
  /** The command line of its init. */
  readonly args: string[];
}

/** Makes a bundle in `folder`: a config.json without a terminal, on a root file system that is only read. */
export function makeBundle(folder: string, { rootfs, cgroupsPath, args }: BundleOptions): void {
  mkdirSync(folder, { recursive: true });
  execFileSync('runc', ['spec', '--bundle', folder]);
  changeConfig(folder, (config) => {
    config.root = { path: rootfs, readonly: true };
    config.process.terminal = false;
    config.process.args = args;
    config.linux.cgroupsPath = cgroupsPath;
  });
}

/** Changes the config.json of a bundle. */
export function changeConfig(folder: string, change: (config: Config) => void): void {
  const file = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as Config;
  change(config);
  writeFileSync(file, JSON.stringify(config));
}
