import { closeSync, existsSync, openSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cgroups, memoryFolderOf } from './cgroup.ts';
import { openEventfd } from './eventfd.ts';

/** What watches a cgroup. */
interface Watch {
  /** Looks whether there is something that nobody has told of yet. */
  readonly look: () => void;
  readonly close: () => void;
}

/**
 * Tells of containers that ran out of memory, when the kernel does: by an eventfd in cgroup v1, by a change of
 * `memory.events` in v2.
 */
export class OomWatch {
  readonly #watches = new Map<string, Watch>();
  readonly #publish: (container: string) => void;
  readonly #log: (line: string) => void;

  constructor(publish: (container: string) => void, log: (line: string) => void) {
    this.#publish = publish;
    this.#log = log;
  }

  /** Watches the cgroup of a container until it is forgotten. */
  watch(container: string, cgroups: Cgroups): void {
    const cgroup = memoryFolderOf(cgroups);
    if (cgroup === null || this.#watches.has(container)) return;
    const tell = (): void => this.#publish(container);
    try {
      const { folder, version } = cgroup;
      this.#watches.set(
        container,
        version === 1
          ? watchControl(folder, tell)
          : watchCounter(join(folder, 'memory.events'), 'oom_kill', tell),
      );
    } catch (error) {
      this.#log(`no out-of-memory events of ${container}: ${(error as Error).message}`);
    }
  }

  /** Before an exit is published: what the process died of comes first. */
  look(): void {
    for (const { look } of this.#watches.values()) look();
  }

  forget(container: string): void {
    this.#watches.get(container)?.close();
    this.#watches.delete(container);
  }
}

/**
 * Watches a cgroup of v1. The kernel signals before it kills, and once more when the cgroup is removed.
 *
 * @source https://docs.kernel.org/admin-guide/cgroup-v1/memory.html#oom-control
 */
function watchControl(folder: string, tell: () => void): Watch {
  const file = join(folder, 'memory.oom_control');
  const control = openSync(file, 'r');
  const { fd, socket } = openEventfd();
  socket.on('data', () => existsSync(file) && tell());
  socket.on('error', () => socket.destroy());
  socket.unref();
  const close = (): void => void socket.destroy();
  try {
    writeFileSync(join(folder, 'cgroup.event_control'), `${fd} ${control}`);
  } catch (error) {
    close();
    throw error;
  } finally {
    closeSync(control);
  }
  return { look: () => undefined, close };
}

/**
 * Watches a counter in a file of cgroup v2, which the kernel says has changed (inotify) some time after it has.
 *
 * @param tell once for each time that it was found risen
 */
export function watchCounter(file: string, key: string, tell: () => void): Watch {
  const pattern = new RegExp(`^${key} (\\d+)$`, 'm');
  let last = 0;
  const look = (): void => {
    const count = Number(pattern.exec(textOf(file))?.[1] ?? last);
    if (count > last) tell();
    last = count;
  };
  const watcher = watch(file, { persistent: false }, look);
  watcher.on('error', () => watcher.close());
  look();
  return { look, close: () => watcher.close() };
}

/** Empty where the cgroup is gone. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
