import type { Diagnosis } from '../log/log-judge.ts';
import type { LogBreach } from '../log/monitor.ts';
import { observedText, processOf } from '../log/observed.ts';
import { type WireRule, wireRule } from '../log/rules.ts';

/** A rule that a shim broke. */
export interface Breach {
  readonly rule: WireRule;
  /** The process or call whose rule it is. */
  readonly subject: string;
  /** What shows it, in words. */
  readonly what: string;
  /** The stack of a panic, as the shim's log has it; empty where it did not panic. */
  readonly stack: readonly string[];
  readonly diagnosis: Diagnosis | null;
}

/** @throws RangeError where no rule has that name */
export function breach(rule: string, subject: string, what: string): Breach {
  return { rule: wireRule(rule), subject, what, stack: [], diagnosis: null };
}

/** A breach of the shim, from one that the monitor found in its log. */
export function fromLogBreach({ event, ...found }: LogBreach): Breach {
  const { rule, diagnosis } = found;
  const subject = processOf(found);
  const missed = processOf(event) === subject ? '' : `, and no exit of ${subject} before it`;
  return { rule, subject, what: `${event.at}: ${observedText(event)}${missed}`, stack: [], diagnosis };
}
