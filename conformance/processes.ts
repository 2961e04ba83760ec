import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The state letter and the parent of a process; null where there is none. */
function statOf(pid: number): { state: string; parent: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold anything but ends with the last parenthesis.
    const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}

/** Whether a process is there and is not a zombie. */
export function isRunning(pid: number): boolean {
  const state = pid > 0 ? statOf(pid)?.state : undefined;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** SIGKILL, to a process that may have ended. */
export function killNow(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** The cgroups that containers have left below `parent`, in every hierarchy. */
export function cgroupsBelow(parent: string): string[] {
  const mount = '/sys/fs/cgroup';
  const roots = [mount, ...readdirSync(mount).map((controller) => join(mount, controller))];
  return roots
    .map((root) => join(root, parent))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? [join(folder, entry.name)] : [],
      ),
    );
}
