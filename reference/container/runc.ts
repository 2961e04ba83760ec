import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { endOf, runToEnd, spawn } from '../linux/spawn.ts';
import { writeFresh } from './bundle.ts';

/** What runc said when it failed. */
class RuncError extends Error {
  override readonly name = 'RuncError';
}

/** The words for it of go-runc, which upstream passes on in some of its calls. */
export function inWordsOfGoRunc(error: Error): string {
  return error instanceof RuncExit
    ? `runc did not terminate successfully: exit status ${error.status}: ${error.message}`
    : error.message;
}

/** It ran, and failed. */
class RuncExit extends RuncError {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface RuncOptions {
  /** The OCI runtime's binary. */
  readonly binary: string;
  /** Where it keeps its state. */
  readonly root: string;
  readonly log: string;
  readonly systemdCgroup: boolean;
  /** CRIU's binary; empty for the runtime's default. */
  readonly criu: string;
  /** What `create` is given besides. */
  readonly createFlags: readonly string[];
}

/** How a call is run. */
export interface RunOptions {
  /** What a container process inherits. Default: nothing */
  readonly stdio?: readonly number[] | undefined;
  /** Aborted when the call's client is gone or its deadline has passed. Default: it may take as long as it takes */
  readonly client?: AbortSignal | undefined;
}

/** For calls that are killed to be gone, in milliseconds. */
const endMaxMs = 1_000;

let calls = 0;

/** Runs the OCI runtime, one process for each call. */
export class Runc {
  readonly #options: RuncOptions;

  constructor(options: RuncOptions) {
    this.#options = options;
  }

  /**
   * Kills calls that a shim which was killed has left: they would go on making what is to be deleted. Upstream has the
   * kernel do it (PR_SET_PDEATHSIG).
   */
  async endCalls(): Promise<void> {
    const end = Date.now() + endMaxMs;
    for (let pids = this.#calls(); pids.length > 0 && Date.now() < end; pids = this.#calls()) {
      for (const pid of pids) killNow(pid);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** The pids of calls, whoever made them: a call's log is its own. */
  #calls(): number[] {
    const isCall = (word: string): boolean => word.startsWith(`${this.#options.log}.`);
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 1 && argumentsOf(pid).some(isCall));
  }

  /** @param args besides the bundle, which comes first. The rest as for `run` */
  create(bundle: string, args: readonly string[], options: RunOptions): Promise<string> {
    return this.run(['create', '--bundle', bundle, ...this.#options.createFlags, ...args], options);
  }

  /**
   * Runs it to its end.
   *
   * @returns its standard output, where `stdio` leaves it
   * @throws RuncError with the last error of its log, or what it wrote
   */
  async run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { root, systemdCgroup, criu } = this.#options;
    // Calls overlap: each has its own log, so that an error is its own.
    const log = `${this.#options.log}.${process.pid}.${++calls}`;
    const all = [
      '--root',
      root,
      '--log',
      log,
      '--log-format',
      'json',
      ...(systemdCgroup ? ['--systemd-cgroup'] : []),
      ...(criu ? ['--criu', criu] : []),
      ...args,
    ];
    try {
      const { status, out } = await this.#run(all, options);
      if (status === 0) return out;
      throw new RuncExit(status, lastError(log) ?? (out.trim() || `${args[0]}: exit status ${status}`));
    } finally {
      rmSync(log, { force: true });
    }
  }

  async #run(
    args: readonly string[],
    { stdio, client }: RunOptions,
  ): Promise<{ status: number; out: string }> {
    const { binary, log } = this.#options;
    try {
      return stdio
        ? { status: await endOf(spawn(binary, args, stdio), client), out: '' }
        : await runToEnd(binary, args, log, client);
    } catch (cause) {
      throw new RuncError(`OCI runtime ${binary}: ${(cause as Error).message}`, { cause });
    }
  }

  /** Sets a container's limits. @param resources LinuxResources of the OCI runtime specification, JSON */
  async update(id: string, resources: Uint8Array, client: AbortSignal): Promise<void> {
    const file = `${this.#options.log}.resources.${process.pid}.${++calls}`;
    writeFresh(file, resources);
    try {
      await this.run(['update', '--resources', file, id], { client });
    } finally {
      rmSync(file, { force: true });
    }
  }
}

/** None for a process that has ended. */
function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** The last error of a JSON log; null where it has none. */
function lastError(log: string): string | null {
  try {
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { level: string; msg: string });
    return entries.findLast(({ level }) => level === 'error')?.msg ?? null;
  } catch {
    return null;
  }
}
