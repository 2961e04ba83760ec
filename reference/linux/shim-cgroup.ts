import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The v2 hierarchy beside those of v1; upstream leaves it alone. */
const hybrid = 'unified';

/**
 * Puts process `pid` into an existing cgroup: on v1 in every hierarchy that has it, otherwise on v2.
 *
 * @param cgroup path from the root of the hierarchies
 * @throws Error where no hierarchy has the cgroup, or the kernel refuses to move the process
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/cmd/containerd-shim-runc-v2/manager/manager_linux.go
 */
export function joinCgroup(cgroup: string, pid: number, mountPoint = '/sys/fs/cgroup'): void {
  if (!cgroup.startsWith('/') || cgroup.split('/').includes('..'))
    throw new Error(`shim_cgroup is no path of a cgroup (got ${cgroup}, allowed one such as /shims)`);
  const isUnified = existsSync(join(mountPoint, 'cgroup.controllers'));
  const hierarchies = isUnified ? [''] : readdirSync(mountPoint).filter((name) => name !== hybrid);
  const files = hierarchies
    .map((name) => join(mountPoint, name, cgroup, 'cgroup.procs'))
    .filter((file) => existsSync(file));
  if (files.length === 0)
    throw new Error(`failed to load cgroup ${cgroup}: it is in no hierarchy of ${mountPoint}: make it first`);
  for (const file of files) {
    try {
      writeFileSync(file, String(pid));
    } catch (cause) {
      throw new Error(`failed to join cgroup ${cgroup}: ${(cause as Error).message}`, { cause });
    }
  }
}
