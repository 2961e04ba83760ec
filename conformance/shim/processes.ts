import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

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
  const state = pid > 1 ? statOf(pid)?.state : undefined;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** SIGKILL, to a process that may have ended. */
export function killNow(pid: number): void {
  try {
    if (pid > 1) process.kill(pid, 'SIGKILL');
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

/**
 * What a program writes, output and errors together, until it has ended and nobody holds its outputs, as containerd
 * reads it.
 *
 * @throws Error where it fails, or takes too long
 */
export function outputOf(
  child: ChildProcessByStdio<null, Readable, Readable>,
  timeoutMs: number,
): Promise<string> {
  let out = '';
  const streams = [child.stdout, child.stderr];
  for (const stream of streams) stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const isOver = child.exitCode !== null;
      child.kill('SIGKILL');
      for (const stream of streams) stream.destroy();
      const what = isOver ? 'it has ended, but what it left running holds its output' : 'it has not ended';
      reject(new Error(`${what} after ${timeoutMs} ms: ${out}`));
    }, timeoutMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(out);
      else reject(new Error(`exit code ${code}: ${out}`));
    });
  });
}
