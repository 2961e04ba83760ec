import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { runToEnd, spawn, untilEnded } from '../linux/spawn.ts';
import { writeFresh } from './bundle.ts';

/** What runc said when it failed. */
class RuncError extends Error {
  override readonly name = 'RuncError';
}

/** An error of runc as go-runc words it, which upstream passes on in some calls. */
export function inWordsOfGoRunc(error: Error): string {
  return error instanceof RuncExit
    ? `runc did not terminate successfully: exit status ${error.status}: ${error.message}`
    : error.message;
}

/** runc ran, and failed. */
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
  /** More flags of `create`. */
  readonly createFlags: readonly string[];
}

/** How runc is run for one call. */
export interface RunOptions {
  /** Descriptors that a container process inherits. Default: none */
  readonly stdio?: readonly number[] | undefined;
  /** Aborted when the call's client is gone or its deadline has passed. Default: the client waits for ever */
  readonly client?: AbortSignal | undefined;
}

/** How long killed calls may take to end, in milliseconds. */
const endMaxMs = 1_000;

let calls = 0;

/** Runs the OCI runtime for one container, one process for each call. */
export class Runc {
  readonly #options: RuncOptions;

  constructor(options: RuncOptions) {
    this.#options = options;
  }

  /**
   * Kills runc processes that a killed shim left behind, which may still create what is to be deleted. In upstream the
   * kernel does it (PR_SET_PDEATHSIG).
   */
  async endCalls(): Promise<void> {
    const end = Date.now() + endMaxMs;
    for (let pids = this.#calls(); pids.length > 0 && Date.now() < end; pids = this.#calls()) {
      for (const pid of pids) killIfAlive(pid);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Pids of runc processes for this container, whoever started them; each names its own log file. */
  #calls(): number[] {
    const isCall = (word: string): boolean => word.startsWith(`${this.#options.log}.`);
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 1 && argumentsOf(pid).some(isCall));
  }

  /** `runc restore` of a container without a process. @param args more arguments. The rest as for `run` */
  restore(bundle: string, args: readonly string[], options: RunOptions): Promise<string> {
    const flags = this.#options.createFlags.filter((flag) => flag === '--no-pivot');
    return this.run(['restore', '--detach', '--bundle', bundle, ...flags, ...args], options);
  }

  /** `runc create`. @param args more arguments. The rest as for `run` */
  create(bundle: string, args: readonly string[], options: RunOptions): Promise<string> {
    return this.run(['create', '--bundle', bundle, ...this.#options.createFlags, ...args], options);
  }

  /**
   * Runs the runtime to its end.
   *
   * @returns its output; empty with `stdio`
   * @throws RuncError with the last error of its log, or its output
   */
  async run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { root, systemdCgroup, criu } = this.#options;
    // Calls overlap, and each reads its own error: so each has its own log.
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
        ? { status: await untilEnded(spawn(binary, args, stdio), client), out: '' }
        : await runToEnd(binary, args, log, client);
    } catch (cause) {
      throw new RuncError(`OCI runtime ${binary}: ${(cause as Error).message}`, { cause });
    }
  }

  /** `runc update`. @param resources LinuxResources of the OCI runtime specification, JSON */
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

/** A process's command line; empty where the process has ended. */
function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** The last error in a log of JSON lines; null where it has none. */
function lastError(log: string): string | null {
  try {
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { level: string; msg: string });
    return entries.findLast(({ level }) => level === 'error')?.msg ?? null;
  } catch {
    return null;
  }
}
