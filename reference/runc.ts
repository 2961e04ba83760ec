import { type StdioOptions, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** What runc said when it failed. */
class RuncError extends Error {
  override readonly name = 'RuncError';
}

export interface RuncOptions {
  /** The OCI runtime's binary. */
  readonly binary: string;
  /** Where it keeps its state. */
  readonly root: string;
  readonly log: string;
  readonly systemdCgroup: boolean;
}

/** Pids of runc processes that Node is to reap. */
export const ownChildren: Set<number> = new Set();

/** Runs the OCI runtime, one process for each call. */
export class Runc {
  readonly #options: RuncOptions;

  constructor(options: RuncOptions) {
    this.#options = options;
  }

  /**
   * Runs it to its end.
   *
   * @param stdio what a container process inherits
   * @returns its standard output, where `stdio` leaves it
   * @throws RuncError with the last error of its log, or what it wrote
   */
  run(args: readonly string[], stdio?: StdioOptions, signal?: AbortSignal): Promise<string> {
    const { binary, root, log, systemdCgroup } = this.#options;
    const all = [
      '--root',
      root,
      '--log',
      log,
      '--log-format',
      'json',
      ...(systemdCgroup ? ['--systemd-cgroup'] : []),
      ...args,
    ];
    rmSync(log, { force: true });
    return new Promise((resolve, reject) => {
      const child = spawn(binary, all, {
        stdio: stdio ?? ['ignore', 'pipe', 'pipe'],
        ...(signal ? { signal } : {}),
      });
      const { pid } = child;
      if (pid !== undefined) ownChildren.add(pid);
      let out = '';
      child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.on('error', (cause) =>
        reject(new RuncError(`OCI runtime ${binary}: ${cause.message}`, { cause })),
      );
      child.on(stdio ? 'exit' : 'close', (status, killed) => {
        if (pid !== undefined) ownChildren.delete(pid);
        if (status === 0) resolve(out);
        else
          reject(
            new RuncError(this.#lastError() ?? (out.trim() || `${args[0]}: exit status ${status ?? killed}`)),
          );
      });
    });
  }

  /** Sets a container's limits. @param resources LinuxResources of the OCI runtime specification, JSON */
  async update(id: string, resources: Uint8Array): Promise<void> {
    const file = `${this.#options.log}.resources`;
    writeFileSync(file, resources, { mode: 0o600 });
    try {
      await this.run(['update', '--resources', file, id]);
    } finally {
      rmSync(file, { force: true });
    }
  }

  /** The last error of the JSON log. */
  #lastError(): string | null {
    try {
      const lines = readFileSync(this.#options.log, 'utf8').trim().split('\n');
      const entries = lines.map((line) => JSON.parse(line) as { level: string; msg: string });
      return entries.findLast(({ level }) => level === 'error')?.msg ?? null;
    } catch {
      return null;
    }
  }
}
