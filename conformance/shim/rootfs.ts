import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const applets = ['sh', 'true', 'false', 'sleep', 'cat', 'echo', 'tty', 'stty', 'kill', 'dd', 'tail'];

/**
 * Makes a root file system of one static busybox, in a new folder.
 *
 * @throws Error with the command to run where there is no busybox
 */
export function busyboxRootfs(): string {
  const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (busybox === undefined)
    throw new Error(
      "there is no busybox (allowed /bin/busybox, linked statically): run 'apt-get install busybox-static'",
    );
  const rootfs = mkdtempSync(join(tmpdir(), 'shim-spec-rootfs-'));
  for (const each of ['bin', 'dev', 'proc', 'sys', 'tmp', 'etc']) mkdirSync(join(rootfs, each));
  cpSync(busybox, join(rootfs, 'bin', 'busybox'));
  for (const applet of applets) symlinkSync('busybox', join(rootfs, 'bin', applet));
  return rootfs;
}
