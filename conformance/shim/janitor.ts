import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./janitor.sh', import.meta.url));

/**
 * The socket of a folder's events server. Every shim and all that it runs have it in their environment, as
 * TTRPC_ADDRESS: by that the janitor knows them.
 */
export function eventsSocket(folder: string): string {
  return `${folder}/events.sock`;
}

/** Removes every trace of a tester's folder, however the tester ends. `janitor.sh` does the work. */
export class Janitor {
  static readonly #waiting = new Set<Janitor>();
  readonly #folder: string;
  readonly #child: ChildProcess;

  constructor(folder: string) {
    this.#folder = folder;
    Janitor.#waiting.add(this);
    // Its input ends when this process does, by whatever signal; a session of its own keeps the signal away from it.
    this.#child = spawn('sh', [script, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.#child.unref();
    (this.#child.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  }

  /** Does the work of every janitor of this process that has not swept. */
  static sweepAll(): void {
    for (const janitor of Janitor.#waiting) janitor.sweep();
  }

  /** Removes everything now. */
  sweep(): void {
    Janitor.#waiting.delete(this);
    // Its input is empty, so it does not wait. Node takes `detached` here, too; its types do not know.
    const options = { stdio: 'ignore', detached: true } as const;
    spawnSync('sh', [script, this.#folder], options);
    // Not earlier: should this process end during the sweep, the child sweeps too.
    this.#child.kill('SIGKILL');
  }
}
