import type { Diagnosis } from '../log/log-judge.ts';
import type { LogBreach } from '../log/monitor.ts';
import { eventText } from '../log/observed.ts';
import { type WireRule, wireRule } from '../log/rules.ts';

/** A rule that a shim broke. */
export interface Breach {
  readonly rule: WireRule;
  /** The process or call that it is about. */
  readonly subject: string;
  readonly what: string;
  readonly diagnosis: Diagnosis | null;
}

/** @throws RangeError for a rule that there is not */
export function breach(rule: string, subject: string, what: string): Breach {
  return { rule: wireRule(rule), subject, what, diagnosis: null };
}

export function ofLog({ rule, container, exec, event, diagnosis }: LogBreach): Breach {
  const subject = exec === '' ? container : `${container}/${exec}`;
  return { rule, subject, what: event ? `${event.at}: ${eventText(event)}` : 'at the end', diagnosis };
}
