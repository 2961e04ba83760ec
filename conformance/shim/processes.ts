import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** Whether there is such a process, and it is no zombie. */
export function isRunning(pid: number): boolean {
  return pid > 1 && !['', 'Z', 'X'].includes(stateOf(pid));
}

/** The state letter of a process, as in `/proc/PID/stat`; empty where there is none. */
function stateOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before it may hold any character; it ends with the last parenthesis.
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return '';
  }
}

/** Sends SIGKILL to a process that may have ended. */
export function killNow(pid: number): void {
  try {
    if (pid > 1) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** The cgroups directly below `parent`, in every hierarchy. */
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
 * Reads what a program prints, on both outputs, until the program has ended and nobody holds its outputs. containerd
 * reads a shim's action in the same way.
 *
 * @throws Error where the program fails, or takes longer than `timeoutMs`
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
      const hasEnded = child.exitCode !== null;
      child.kill('SIGKILL');
      for (const stream of streams) stream.destroy();
      const what = hasEnded ? 'it has ended, but what it left running holds its output' : 'it has not ended';
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
