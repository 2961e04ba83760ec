import type { MainState, ThreadId } from '../../spec/index.ts';
import type { Changes } from './record.ts';

type Row = Readonly<Record<string, number>>;

/** A table of the Go service as a record tells it, without rows that mean nothing. */
type Table = Map<string, string>;

/** The tables that a lock guards, as the record's changes make them. */
export class RecordedTables {
  readonly #tables: Map<string, Table> = new Map();
  /** A subscriber of exits has a number in the record; a call has made it. */
  readonly #subscribers: Map<string, ThreadId> = new Map();

  /** @param thread who held the lock: whose subscriber a new one is */
  take(changed: Changes, thread: ThreadId): void {
    for (const [table, rows] of Object.entries(changed)) {
      const all = this.#tables.get(table) ?? new Map();
      this.#tables.set(table, all);
      for (const [key, row] of Object.entries(rows)) {
        const name = table === 'exitSubscribers' ? this.#subscriberOf(key, thread) : key;
        const value = textOfRow(row);
        if (value === null) all.delete(name);
        else all.set(name, value);
      }
    }
  }

  #subscriberOf(number: string, thread: ThreadId): ThreadId {
    const known = this.#subscribers.get(number) ?? thread;
    this.#subscribers.set(number, known);
    return known;
  }

  /** @returns the first row that the model has not, or has otherwise; null where they are the same */
  difference(s: MainState, guards: 'mu' | 'lifecycleMu'): string | null {
    const tables = guards === 'mu' ? { containers: containersOf(s) } : lifecycleTables(s);
    for (const [table, model] of Object.entries(tables)) {
      const recorded = this.#tables.get(table) ?? new Map<string, string>();
      for (const key of new Set([...recorded.keys(), ...model.keys()])) {
        const [got, allowed] = [recorded.get(key), model.get(key)];
        if (got !== allowed)
          return `s.${table}[${key}] is ${got ?? 'absent'}, in the model ${allowed ?? 'absent'}`;
      }
    }
    return null;
  }
}

/** A row as text; null for one that says no more than its absence. */
function textOfRow(row: unknown): string | null {
  if (row === null || row === 0 || (Array.isArray(row) && row.length === 0)) return null;
  return typeof row === 'object' && !Array.isArray(row) ? exitsText(row as Row) : JSON.stringify(row);
}

function exitsText(exits: Row): string {
  const all = Object.entries(exits).filter(([, n]) => n > 0);
  return JSON.stringify(Object.fromEntries(all.toSorted(([a], [b]) => Number(a) - Number(b))));
}

function table(rows: Iterable<readonly [string, unknown]>): Table {
  const all: Table = new Map();
  for (const [key, row] of rows) {
    const value = textOfRow(row);
    if (value !== null) all.set(key, value);
  }
  return all;
}

function containersOf(s: MainState): Table {
  return table(Object.entries(s.containers).filter(([, isThere]) => isThere));
}

function lifecycleTables(s: MainState): Record<string, Table> {
  const lengths = (call: string): Row =>
    Object.fromEntries(Object.entries(s.exits[call] ?? {}).map(([pid, exits]) => [pid, exits.length]));
  const subscribed = Object.entries(s.exitSubscribers).filter(([, isThere]) => isThere);
  return {
    running: table(Object.entries(s.running)),
    runningExecs: table(Object.entries(s.runningExecs)),
    execCountSubscribers: table(
      Object.entries(s.execCountSubscribers).map(([c, channel]) => [c, channel?.room ?? null]),
    ),
    containerInitExit: table(Object.entries(s.containerInitExit).map(([c, e]) => [c, e?.pid ?? null])),
    exitSubscribers: table(subscribed.map(([call]) => [call, lengths(call)])),
  };
}
