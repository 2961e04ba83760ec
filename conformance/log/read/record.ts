import {
  containerOf,
  type Dispatched,
  type Event,
  emptyState,
  methodOf,
  type Proposed,
  stepped,
  targetOf,
} from '../../../spec/index.ts';
import { execOf, type ObservedEvent } from '../observed.ts';
import { objectOf } from './json.ts';

/** Whether a line comes from the reference shim's recorder: an action of the reducer. */
export function isRecorded(line: string): boolean {
  const type = line.startsWith('{') ? objectOf(line)?.type : undefined;
  return typeof type === 'string';
}

/** The events that a recorded action published, or why it cannot be replayed. */
export type Replayed = ObservedEvent[] | 'unreadable' | 'begun before' | 'refused';

/** Replays a record through the reducer: the reducer's events are what the shim published. */
export class RecordReader {
  #state: Proposed = emptyState();
  readonly #admitted = new Set<string>();

  /** Replays the next action. Once one cannot be replayed, none after it can. */
  take(line: string, at: string): Replayed {
    const action = objectOf(line) as Dispatched | null;
    if (!action || !isAction(action)) return 'unreadable';
    if (action.type === 'Admit' && 'container' in action) this.#admitted.add(action.container);
    const container = containerIn(action);
    if (container !== null && !this.#admitted.has(container)) return 'begun before';
    const after = this.#after(action);
    if (after === 'unreadable') return after;
    if (after === null) return 'refused';
    const { events } = after;
    this.#state = { ...after, events: [] };
    return (events ?? []).map((event) => observedAt(at, event));
  }

  #after(action: Dispatched): Proposed | null | 'unreadable' {
    try {
      return stepped(this.#state, action);
    } catch {
      // JSON, but no action of the reducer.
      return 'unreadable';
    }
  }
}

function isAction(action: object): boolean {
  const { type, call, process, exec } = action as Record<string, unknown>;
  return (
    typeof type === 'string' &&
    [call, process, exec].every((each) => ['string', 'undefined'].includes(typeof each))
  );
}

/** The container that an action is about; null where it is about none, or about a process of no container. */
function containerIn(action: Dispatched): string | null {
  const { call, process, exec } = action as { call?: string; process?: string; exec?: string };
  const about = call === undefined ? (process ?? exec) : targetOf(call);
  if (about === undefined || (call !== undefined && methodOf(call) === 'shutdown')) return null;
  return about.startsWith('foreign/') ? null : containerOf(about);
}

function observedAt(at: string, { topic, process, pid }: Event): ObservedEvent {
  const container = containerOf(process);
  return { namespace: '', topic, container, exec: execOf(process), pid, exitStatus: null, at, timeUs: null };
}
