import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const mountPoint = '/sys/fs/cgroup';

/** Paths of a process's cgroups: of v1 by controller, of v2 under the empty name. */
export type Cgroups = ReadonlyMap<string, string>;

/** The cgroups of process `pid`; null where it has ended. */
export function cgroupsOf(pid: number): Cgroups | null {
  try {
    const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
    return new Map(
      lines.flatMap((line) => {
        const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
        return controllers.split(',').map((controller) => [controller, path] as const);
      }),
    );
  } catch {
    return null;
  }
}

/** The cgroup that accounts for a container's memory; null where the container has none of its own. */
export function memoryFolderOf(
  cgroups: Cgroups,
): { readonly folder: string; readonly version: 1 | 2 } | null {
  const [v1, v2] = [cgroups.get('memory'), cgroups.get('')];
  if (v1 !== undefined && v1 !== '/') return { folder: join(mountPoint, 'memory', v1), version: 1 };
  return v2 !== undefined && v2 !== '/' ? { folder: join(mountPoint, v2), version: 2 } : null;
}

/** The folder of a container's one cgroup; null where the machine has v1, or both. */
export function unifiedFolderOf(cgroups: Cgroups): string | null {
  const path = cgroups.get('');
  const isUnified = existsSync(join(mountPoint, 'cgroup.controllers'));
  return isUnified && path !== undefined ? join(mountPoint, path) : null;
}

/** The folder of a container's cgroup of a controller of v1. */
export function controllerFolderOf(cgroups: Cgroups, controller: string): string {
  return join(mountPoint, controller, cgroups.get(controller) ?? '');
}
