import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needDebian } from '../debian.ts';

const applets = ['sh', 'true', 'false', 'sleep', 'cat', 'echo', 'tty', 'stty', 'kill', 'dd', 'tail'];

/** A root file system of one static busybox, in a new folder. */
export function busyboxRootfs(): string {
  needDebian(['runc', 'crun', 'busybox'], ['runc', 'crun', 'busybox-static']);
  const rootfs = mkdtempSync(join(tmpdir(), 'shim-spec-rootfs-'));
  for (const each of ['bin', 'dev', 'proc', 'sys', 'tmp', 'etc']) mkdirSync(join(rootfs, each));
  cpSync('/bin/busybox', join(rootfs, 'bin', 'busybox'));
  for (const applet of applets) symlinkSync('busybox', join(rootfs, 'bin', applet));
  return rootfs;
}
