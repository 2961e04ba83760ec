import type { Redis } from 'ioredis';
import { Group } from './group.ts';

/** What a group has judged. */
export interface FleetReport {
  readonly events: number;
  readonly breaches: number;
  /** How often each rule was broken. */
  readonly rules: Readonly<Record<string, number>>;
  /** Times when a watcher may have missed events. */
  readonly gaps: number;
  /** Times when a stream lacked entries: they were removed before they were judged. */
  readonly missing: number;
  /** Entries that are none of a watcher. */
  readonly unreadable: number;
  /** Breaches that are only counted, because too many were kept. */
  readonly notKept: number;
  /** Entries that no worker has judged yet. */
  readonly unjudged: number;
}

/**
 * Reads what a group has found.
 *
 * @returns the breaches in the order of their containers and events, and what was counted
 */
export async function readReport(
  redis: Redis,
  name: string,
  partitions: number,
): Promise<{ breaches: string[]; report: FleetReport }> {
  const group = new Group(redis, name, '');
  const found: { key: Key; text: string }[] = [];
  const rules: Record<string, number> = {};
  const sums = { events: 0, gaps: 0, missing: 0, unreadable: 0, unjudged: 0 };
  for (let partition = 0; partition < partitions; partition++) {
    sums.unjudged += await group.unjudged(partition);
    for await (const [id, text] of group.breaches(partition)) found.push({ key: keyOf(id), text });
    for (const [counted, text] of Object.entries(await group.totals(partition))) {
      const by = Number(text);
      if (counted.startsWith('breach: ')) rules[counted.slice(8)] = (rules[counted.slice(8)] ?? 0) + by;
      else if (counted === 'gaps') sums.gaps = Math.max(sums.gaps, by);
      else sums[counted as 'events'] += by;
    }
  }
  const breaches = Object.values(rules).reduce((sum, n) => sum + n, 0);
  const sorted = found.toSorted((a, b) => compare(a.key, b.key));
  return {
    breaches: sorted.map(({ text }) => text),
    report: {
      ...sums,
      breaches,
      rules: Object.fromEntries(Object.entries(rules).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      notKept: Math.max(0, breaches - found.length),
    },
  };
}

/** The machine, and the numbers in `partition/ms-sequence place`. */
type Key = readonly [node: string, ...at: number[]];

function keyOf(id: string): Key {
  const [node = '', at = ''] = JSON.parse(id) as string[];
  return [node, ...at.split(/[/ -]/).map(Number)];
}

function compare(a: Key, b: Key): number {
  const i = a.findIndex((each, at) => each !== b[at]);
  if (i < 0) return 0;
  return (a[i] ?? 0) < (b[i] ?? 0) ? -1 : 1;
}
