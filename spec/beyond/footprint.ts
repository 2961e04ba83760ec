/**
 * What a step reads and writes of processes that are not its own: the model beyond the bound has to know all of it.
 *
 * @module
 */
import type { AnyAction } from '../action.ts';
import { ownPid } from '../bound.ts';
import { containerOf, isInit, type ProcessId, targetOf } from '../vocabulary.ts';

/** How the owner of a slot stands to the process that a step is about. */
type Relation = 'itself' | 'its init' | 'an exec beside it' | 'elsewhere' | 'the shim';

/** What a step of one container may do to a slot of others, by what the model beyond the bound has of them. */
export interface Touched {
  /** Of another exec of the container. */
  readonly besides: readonly string[];
  /** Of other containers. */
  readonly elsewhere: readonly string[];
}

/**
 * What steps may read of others. All are questions whether there is one at all: a start in `starting`, a process of
 * the container in `running`, one that is not reaped, one with this pid.
 */
export const readsModelled: Touched = {
  besides: ['kernel.pid', 'kernel.status', 'running', 'starting'],
  elsewhere: ['kernel.pid', 'kernel.status', 'running', 'starting'],
};

/** What steps may write of others: the end of a container ends its execs. */
export const writesModelled: Touched = { besides: ['kernel.status'], elsewhere: [] };

/**
 * The classes of slots among `paths` that belong neither to the process of `action` nor to its init.
 *
 * Shutdown, which is of no process, is left out: it reads whether any container or start is there, and ends all.
 */
export function touchedOf(action: AnyAction, paths: Iterable<string>): Touched {
  const actor = actorOf(action);
  const besides = new Set<string>();
  const elsewhere = new Set<string>();
  for (const path of actor === 'shim' ? [] : paths) {
    const relation = relationOf(actor, ownerOf(path));
    if (relation === 'an exec beside it') besides.add(classOf(path));
    if (relation === 'elsewhere') elsewhere.add(classOf(path));
  }
  return { besides: [...besides].toSorted(), elsewhere: [...elsewhere].toSorted() };
}

function actorOf({ call, process, thread }: AnyAction): ProcessId {
  return process ?? targetOf(call ?? thread ?? 'of the shim');
}

/** The process that a slot belongs to, by its path; the shim's own has none. Pids are their first owners'. */
function ownerOf(path: string): ProcessId | null {
  const [table = '', key = ''] = path.split('.');
  if (table === 'calls' || table === 'starting') return targetOf(key);
  if (table === 'running') return processWith(Number(key));
  return ['kernel', 'processes', 'published', 'containers', 'held', 'bundles'].includes(table) ? key : null;
}

function processWith(pid: number): ProcessId {
  const container = `c${Math.floor(pid / 100)}`;
  return pid === ownPid(container) ? container : `${container}/e${pid % 100}`;
}

function relationOf(actor: ProcessId, owner: ProcessId | null): Relation {
  if (owner === null || owner === 'shim') return 'the shim';
  if (owner === actor) return 'itself';
  if (containerOf(owner) !== containerOf(actor)) return 'elsewhere';
  return isInit(owner) ? 'its init' : 'an exec beside it';
}

/** A slot without whose it is: `kernel.c1.status` → `kernel.status`. */
function classOf(path: string): string {
  const [table, , field] = path.split('.');
  return field === undefined ? `${table}` : `${table}.${field}`;
}
