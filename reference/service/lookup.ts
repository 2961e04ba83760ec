import { code, StatusError } from '../../wire/ttrpc/status.ts';
import type { Container, ContainerProcess } from '../container/container.ts';
import type { Driver } from '../driver/driver.ts';
import type { ProcessName } from '../driver/names.ts';
import { type Cgroups, cgroupsOf } from '../linux/cgroup.ts';
import { hindrance, type UnorderedVerb } from './errors.ts';

/** Finds what a request names, or refuses it in upstream's words. */
export class Lookup {
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** @throws StatusError notFound where the shim does not serve the container */
  container(id: string): Container {
    const found = this.#driver.containers.get(id);
    if (found && this.#driver.knows({ id, execId: '' })) return found;
    throw new StatusError(code.notFound, 'container not created: not found');
  }

  /** @throws StatusError where the container's state does not allow the call */
  containerFor(verb: UnorderedVerb, id: string): Container {
    const found = this.container(id);
    const why = hindrance(verb, this.stateWord({ id, execId: '' }));
    if (why !== null) throw new StatusError(code.unknown, why);
    return found;
  }

  /** @throws StatusError notFound where the container does not have the process */
  process(name: ProcessName): ContainerProcess {
    const found = this.container(name.id).processes.get(name.execId);
    if (found && this.#driver.knows(name)) return found;
    throw new StatusError(code.notFound, `process does not exist ${name.execId}: not found`);
  }

  /** The state of a process in upstream's words, which know `paused`. */
  stateWord(name: ProcessName): string {
    const state = this.#driver.stateOf(name);
    const isPaused = name.execId === '' && this.#driver.containers.get(name.id)?.isPaused;
    return state === 'running' && isPaused ? 'paused' : state;
  }

  /** A container's cgroups, which outlive its init; null where they were never known. */
  cgroups(container: Container): Cgroups | null {
    const init = { id: container.id, execId: '' };
    // The pid of an init that has ended may be another process's.
    if (this.#driver.stateOf(init) !== 'stopped') container.cgroups ??= cgroupsOf(this.#driver.pidOf(init));
    return container.cgroups;
  }
}
