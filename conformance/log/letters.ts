import type { Topic } from '../../spec/index.ts';
import { isOrdering, type ObservedEvent } from './observed.ts';

/** An event as an automaton reads it: of the init, or of the one exec beside it. */
export const letters = [
  'create',
  'start',
  'exec-added',
  'exec-started',
  'exec-exit',
  'exit',
  'delete',
] as const;
export type Letter = (typeof letters)[number];

export function letterOf(topic: Topic, isExec: boolean): Letter {
  return topic === 'exit' && isExec ? 'exec-exit' : topic;
}

/** The letters of events that all belong to one exec and its init. */
export function lettersIn(events: readonly ObservedEvent[]): Letter[] {
  return events.filter(isOrdering).map(({ topic, exec }) => letterOf(topic, exec !== ''));
}
