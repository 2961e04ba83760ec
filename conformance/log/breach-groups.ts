import type { LogBreach } from './monitor.ts';
import type { ObservedEvent } from './observed.ts';

/** Events of a container that are shown before a breach, and after it. */
const rowsBefore = 8;
export const rowsAfter = 4;

/** Breaches of one group that are kept. */
const perGroupMax = 20;

/** Breaches of one container whose rows overlap. */
export interface BreachGroup {
  readonly namespace: string;
  readonly container: string;
  readonly breaches: readonly LogBreach[];
}

/** Keeps the first groups of breaches, and counts the rest. */
export class BreachGroups {
  readonly groups: BreachGroup[] = [];
  /** How often each rule was broken. */
  readonly counts: Map<string, number> = new Map();
  /** How many breaches are in no group. */
  left = 0;
  readonly #max: number;
  readonly #last = new Map<string, LogBreach[]>();

  /** @param max how many groups are kept */
  constructor(max: number) {
    this.#max = max;
  }

  take(breach: LogBreach): void {
    this.counts.set(breach.rule.name, (this.counts.get(breach.rule.name) ?? 0) + 1);
    const { namespace, container } = breach;
    const key = `${namespace}/${container}`;
    const last = this.#last.get(key);
    const before = last?.at(-1);
    const isNear = before !== undefined && Math.abs(breach.place - before.place) <= rowsBefore + rowsAfter;
    if (last && isNear && last.length < perGroupMax) {
      last.push(breach);
    } else if (this.groups.length < this.#max) {
      const breaches = [breach];
      this.groups.push({ namespace, container, breaches });
      this.#last.set(key, breaches);
    } else {
      this.left++;
    }
  }
}

/** The events around a group's breaches, each once, in the order of the log. */
export function rowsOf({ breaches }: BreachGroup): ObservedEvent[] {
  const rows = new Set<ObservedEvent>();
  for (const { history, event } of breaches) {
    const at = history.indexOf(event);
    for (const each of history.slice(Math.max(0, at - rowsBefore), at + rowsAfter + 1)) rows.add(each);
  }
  return [...rows];
}
