/**
 * Which lock a thread waits for where it stands, and who holds it.
 *
 * @module
 */
import { at } from '../assert.ts';
import type { Service } from '../service.ts';
import { containerOf, isInit, type ProcessId, type ThreadId, targetOf } from '../vocabulary.ts';

/** A lock that somebody else holds, or the thread itself. */
export interface Wanted {
  /** Its name in the Go code: `s.mu`, `p.mu of c1`. */
  readonly lock: string;
  /** Who holds it; null where it is free. */
  readonly holder: ThreadId | null;
}

/** The labels whose step takes `s.mu` and that do not say so; `s.eventSendMu.Lock` says what it takes. */
const needsMu = ['called', 's.containers[r.ID]', 'delete(s.containers)'];

/** The locks of a service by their names. */
type Locks = Readonly<Record<string, ThreadId | null>>;

/** Where a thread stands. */
export function placeOf(s: Service, thread: ThreadId): string {
  if (thread === 'processExits') return s.processExits.pc;
  return (s.goroutines?.[thread] ?? at(s.calls, thread)).pc;
}

/** The lock that a thread takes next; null where it needs none. */
export function wantedBy(s: Service, thread: ThreadId): Wanted | null {
  const pc = placeOf(s, thread);
  const lock = needsMu.includes(pc) ? 'mu' : /(?:^|: )s\.(\w+)\.Lock$/.exec(pc)?.[1];
  if (lock) return { lock: `s.${lock}`, holder: holderOf(s, lock) };
  const process = lockedBy(s, thread, pc);
  return process === null ? null : { lock: `p.mu of ${process}`, holder: at(s.processes, process).mu };
}

/** Those for whom a thread waits: who holds a lock that it needs where it stands. */
export function holdersFor(s: Service, thread: ThreadId): ThreadId[] {
  const pc = placeOf(s, thread);
  // Of big-lock alone: it asks every exec for its pid, and sends under a lock of its own.
  if (pc === 'exit: HasPid') return startsAskedForPid(s);
  const ofSend = pc === 'exit: send TaskExit' ? holderOf(s, 'eventSendMu') : null;
  return [ofSend, wantedBy(s, thread)?.holder ?? null].filter((holder) => holder !== null);
}

function holderOf(s: Service, lock: string): ThreadId | null {
  return (s as unknown as Locks)[lock] ?? null;
}

/** The starts of execs that have to return before the exit loop finds the process of its exit, or none. */
function startsAskedForPid(s: Service): ThreadId[] {
  const asked = Object.entries(s.processes).filter(([p]) => at(s.containers, containerOf(p)) && !isInit(p));
  if (asked.some(([, { state, pid }]) => state !== 'deleted' && pid === s.processExits.e?.pid)) return [];
  return asked.map(([, { mu }]) => mu).filter((mu) => mu !== null);
}

/** The process whose exit a thread is handling. */
export function exiting(s: Service, thread: ThreadId): ProcessId | null {
  if (thread === 'processExits') return s.processExits.cps[0] ?? null;
  return s.calls[thread]?.todo?.[0]?.process ?? targetOf(thread);
}

/** The process whose `p.mu` a thread needs where it stands. */
function lockedBy(s: Service, thread: ThreadId, pc: string): ProcessId | null {
  if (pc.startsWith('exit: ')) return exiting(s, thread);
  if (pc === 'container.Exec') return containerOf(targetOf(thread));
  return ['p.Start', 'container.Kill', 'container.Delete'].includes(pc) ? targetOf(thread) : null;
}
