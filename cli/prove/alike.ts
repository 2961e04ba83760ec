import type { StateGraph } from '../../checker/index.ts';
import {
  type BeyondAction,
  type beyondModel,
  elsewhere,
  focus,
  isThere,
  type Proposed,
  profiles,
  viewFrom,
} from '../../spec/index.ts';

type Model = ReturnType<typeof beyondModel>;

/** What is kept of each state of the model, as numbers. */
interface Marks {
  /** What an exec sees that is still to come. */
  readonly seen: number[];
  /** The exec in focus alone. */
  readonly own: number[];
  /** Which ghosts are there, a bit each. */
  readonly ghosts: number[];
  /** By what is seen, the state in which the exec in focus is still to come itself. */
  readonly fresh: Map<number, number>;
}

/** What was found; `lines` tell of the first ghost that acts otherwise. */
export interface Alike {
  readonly states: number;
  readonly steps: number;
  readonly lines: readonly string[];
}

/**
 * Whether a ghost does the same whoever is looked at: for each state, each ghost of it can take the same steps as
 * where the exec in focus is one more ghost, they come to the same, and the exec in focus stays as it is.
 */
export function ghostsAreAlike(graph: StateGraph<Proposed, BeyondAction>): Alike {
  const model = graph.model as Model;
  const marks = markAll(model, graph);
  const moves = model.actions.flatMap((action, i) => (isMove(action) ? [i] : []));
  const twins = new Map(moves.map((move) => [move, twinOf(model, move)]));
  const fresh = new Map<number, ReadonlyMap<number, number>>();
  let steps = 0;
  for (let number = 0; number < graph.size; number++) {
    const other = marks.fresh.get(marks.seen[number] as number);
    if (other === undefined) return { states: graph.size, steps, lines: [`no state is like ${number}`] };
    const there = fresh.get(other) ?? outcomes(graph, other);
    fresh.set(other, there);
    const here = outcomes(graph, number);
    for (const move of moves) {
      const action = model.actions[move] as BeyondAction;
      if (!mayMove(action, marks.ghosts[number] as number)) continue;
      steps++;
      const [to, otherTo] = [here.get(move), there.get(move)];
      const twin = there.get(twins.get(move) ?? move);
      const isSame =
        to === undefined
          ? otherTo === undefined
          : otherTo !== undefined &&
            marks.own[to] === marks.own[number] &&
            [otherTo, twin].some((n) => n !== undefined && marks.seen[n] === marks.seen[to]);
      if (!isSame) return { states: graph.size, steps, lines: [`${model.label(action)} in state ${number}`] };
    }
  }
  return { states: graph.size, steps, lines: [] };
}

function isMove({ ghost, call }: BeyondAction): boolean {
  return ghost !== undefined || call === elsewhere;
}

function mayMove({ ghost }: BeyondAction, ghosts: number): boolean {
  return ghost === undefined || ((ghosts >> profiles.indexOf(ghost)) & 1) === 1;
}

/** The same move where another ghost stays, or does not. */
function twinOf({ actions }: Model, move: number): number {
  const { ghost, type, stays } = actions[move] as BeyondAction;
  const twin = actions.findIndex(
    (other) => other.ghost === ghost && other.type === type && other.stays === !stays,
  );
  return twin < 0 ? move : twin;
}

function outcomes(graph: StateGraph<Proposed, BeyondAction>, number: number): ReadonlyMap<number, number> {
  const found = new Map(graph.edges(number).map(({ action, to }) => [action, to] as const));
  graph.forget(number);
  return found;
}

function markAll(model: Model, graph: StateGraph<Proposed, BeyondAction>): Marks {
  const marks: Marks = { seen: [], own: [], ghosts: [], fresh: new Map() };
  const inFocus = viewFrom(model.initial, focus);
  const toCome = viewFrom(model.initial, { container: focus.container, exec: `${focus.container}/to come` });
  const texts = new Map<string, number>();
  const numberOf = (text: string): number => {
    const number = texts.get(text) ?? texts.size;
    texts.set(text, number);
    return number;
  };
  for (let number = 0; number < graph.size; number++) {
    graph.edges(number);
    graph.forget(number);
    const state = graph.state(number);
    const text = toCome(state);
    const seen = numberOf(text);
    marks.seen.push(seen);
    marks.own.push(numberOf(ownText(state)));
    marks.ghosts.push(profiles.reduce((bits, p, i) => bits | (isThere(state, p) ? 1 << i : 0), 0));
    if (text === inFocus(state)) marks.fresh.set(seen, number);
  }
  return marks;
}

/** Everything of the exec in focus. */
function ownText(s: Proposed): string {
  const { exec } = focus;
  const calls = Object.entries(s.calls).filter(([call]) => call.endsWith(` ${exec}`));
  return JSON.stringify([s.kernel[exec], s.processes[exec], s.published[exec], calls]);
}
