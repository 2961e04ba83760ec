import { closeSync, existsSync, openSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cgroups, memoryFolderOf } from './cgroup.ts';
import { readCgroup } from './cgroup-files.ts';
import { openEventfd, takeSignal } from './eventfd.ts';
import type { Log } from './log.ts';

/** A watch of one cgroup. */
interface CgroupWatch {
  /** Looks for what the kernel has counted and not told of yet. */
  readonly look: () => void;
  readonly close: () => void;
}

/** Hears that a container ran out of memory, of which the kernel tells by an eventfd (cgroup v1) or `memory.events` (v2). */
export class OomWatch {
  readonly #watches = new Map<string, CgroupWatch>();
  readonly #tell: (container: string) => void;
  readonly #log: Log;

  /** @param tell is told of each time, from within `look` or by itself */
  constructor(tell: (container: string) => void, log: Log) {
    this.#tell = tell;
    this.#log = log;
  }

  /** Watches a container's cgroup until `forget`. */
  watch(container: string, cgroups: Cgroups): void {
    const cgroup = memoryFolderOf(cgroups);
    if (cgroup === null || this.#watches.has(container)) return;
    const tell = (): void => this.#tell(container);
    try {
      const { folder, version } = cgroup;
      this.#watches.set(
        container,
        version === 1 ? watchControl(folder, tell) : watchCounter(folder, 'memory.events', 'oom_kill', tell),
      );
    } catch (error) {
      this.#log(`no out-of-memory events of ${container}: ${(error as Error).message}`, 'warning');
    }
  }

  /**
   * Reads what the kernel has told of a container and nobody has read. The kernel tells before it kills: once a process
   * is a zombie, a look finds what it died of.
   */
  look(container: string): void {
    this.#watches.get(container)?.look();
  }

  forget(container: string): void {
    this.#watches.get(container)?.close();
    this.#watches.delete(container);
  }
}

/**
 * Watches a cgroup of v1. The kernel signals the eventfd before it kills, and again when the cgroup is removed.
 *
 * @source https://docs.kernel.org/admin-guide/cgroup-v1/memory.html#oom-control
 */
function watchControl(folder: string, tell: () => void): CgroupWatch {
  const file = join(folder, 'memory.oom_control');
  const control = openSync(file, 'r');
  const { fd, socket } = openEventfd();
  const toldNow = (): void => void (existsSync(file) && tell());
  socket.on('data', toldNow);
  socket.on('error', () => socket.destroy());
  socket.unref();
  const look = (): void => void (!socket.destroyed && takeSignal(fd) && toldNow());
  const close = (): void => void socket.destroy();
  try {
    writeFileSync(join(folder, 'cgroup.event_control'), `${fd} ${control}`);
  } catch (error) {
    close();
    throw error;
  } finally {
    closeSync(control);
  }
  return { look, close };
}

/**
 * Watches a counter in a file of cgroup v2. The kernel tells of a change (inotify) some time after it.
 *
 * @param tell is called each time that the counter has grown
 */
export function watchCounter(folder: string, file: string, key: string, tell: () => void): CgroupWatch {
  const pattern = new RegExp(`^${key} (\\d+)$`, 'm');
  let last = 0;
  const look = (): void => {
    const count = Number(pattern.exec(readCgroup(folder, file))?.[1] ?? last);
    if (count > last) tell();
    last = count;
  };
  const watcher = watch(join(folder, file), { persistent: false }, look);
  watcher.on('error', () => watcher.close());
  look();
  return { look, close: () => watcher.close() };
}
