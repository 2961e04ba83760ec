import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How much of a program's output an error shows, in bytes. */
const shownMax = 2_000;

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

/** How many descriptors a process has open; 0 where there is none. */
export function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

/**
 * How long the threads that processes have now have waited for a processor, in milliseconds.
 *
 * @source proc_pid_schedstat, the second number
 */
export function processorWaitMs(pids: readonly number[]): number {
  const waits = pids.flatMap((pid) => threadsOf(pid).map((thread) => schedulerWaitMs(pid, thread)));
  return waits.reduce((sum, each) => sum + each, 0);
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function schedulerWaitMs(pid: number, thread: string): number {
  try {
    const [, waitedNs = '0'] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return Number(waitedNs) / 1e6;
  } catch {
    return 0;
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

/** A program's own outputs are read up to this; a program that prints more is ended. */
const outputMaxBytes = 64 * 1024;

/** A program took too long to print and end. */
export class OutputTimeout extends Error {
  override readonly name = 'OutputTimeout';
}

/** How a program is run that prints and ends. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Its standard input; default: none. */
  readonly input?: Uint8Array;
  readonly timeoutMs: number;
  /** Which of its outputs is the result; an error shows both. Default: both, as containerd reads the action start. */
  readonly result?: 'stdout';
}

/**
 * Runs a program, and reads what it prints on both outputs until it has ended and nobody holds its outputs. containerd
 * reads a shim's action in the same way.
 *
 * @throws OutputTimeout where the program takes longer than `timeoutMs`; Error where it fails, or prints too much
 */
export function outputOf(
  program: string,
  args: readonly string[],
  { cwd, env, input = new Uint8Array(), timeoutMs, result }: RunOptions,
): Promise<Buffer> {
  const child = spawn(program, args, { ...(cwd ? { cwd } : {}), env, stdio: 'pipe' });
  // Who reads no input may close it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  let out = Buffer.alloc(0);
  const ofResult: Buffer[] = [];
  const streams = [child.stdout, child.stderr];
  return new Promise((resolve, reject) => {
    const giveUp = (error: Error): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      for (const stream of streams) stream.destroy();
      reject(error);
    };
    const timer = setTimeout(() => {
      const what =
        child.exitCode === null
          ? 'it has not ended'
          : 'it has ended, but what it left running holds its output';
      giveUp(new OutputTimeout(`${what} after ${timeoutMs} ms: ${printed(out)}`));
    }, timeoutMs);
    for (const stream of streams) {
      stream.on('data', (chunk: Buffer) => {
        if (result === undefined || stream === child.stdout) ofResult.push(chunk);
        out = Buffer.concat([out, chunk]);
        if (out.length > outputMaxBytes)
          giveUp(new Error(`it printed more than ${outputMaxBytes} bytes: ${printed(out)}`));
      });
    }
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(Buffer.concat(ofResult));
      else reject(new Error(`${code === null ? signal : `exit code ${code}`}: ${printed(out)}`));
    });
  });
}

function printed(out: Buffer): string {
  return out.subarray(0, shownMax).toString().trim() || 'it printed nothing';
}
