import { readFileSync } from 'node:fs';
import { oomFileOf } from './cgroup.ts';
import type { Task } from './tasks.ts';

/**
 * Counts the processes of a container that the kernel has killed for want of memory.
 *
 * Upstream waits for the eventfd of cgroup v1 and for inotify of v2. Node can wait for no eventfd without a thread, and
 * the counters `oom_kill` (v1 from Linux 4.13 on, v2 always) lose nothing: they are read whenever a child has ended and
 * once a second, so an event may come a second late where the process that was killed is none of our children.
 */
export class OomWatch {
  readonly #files = new Map<Task, string>();
  readonly #counts = new Map<Task, number>();
  readonly #publish: (container: string) => void;

  constructor(publish: (container: string) => void) {
    this.#publish = publish;
  }

  /** Looks at the kernel's counters, which lose nothing between two looks. @param pidOf the init of a container */
  look(tasks: Iterable<Task>, pidOf: (container: string) => number): void {
    const present = new Set(tasks);
    for (const gone of [...this.#files.keys()].filter((each) => !present.has(each))) {
      this.#files.delete(gone);
      this.#counts.delete(gone);
    }
    for (const task of present) {
      const pid = pidOf(task.id);
      // The cgroup outlives its init, whose entry in /proc does not.
      if (pid > 0 && !this.#files.has(task)) this.#remember(task, pid);
      this.#compare(task);
    }
  }

  #remember(task: Task, pid: number): void {
    const file = oomFileOf(pid);
    if (file !== null) this.#files.set(task, file);
  }

  #compare(task: Task): void {
    const file = this.#files.get(task);
    if (file === undefined) return;
    const count = oomKills(file);
    if (count > (this.#counts.get(task) ?? 0)) this.#publish(task.id);
    this.#counts.set(task, count);
  }
}

function oomKills(file: string): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // The cgroup is gone.
  }
}
