import type { StateGraph, WholeModel } from '../../checker/index.ts';
import {
  type BeyondAction,
  elsewhere,
  focus,
  isThere,
  type Profile,
  type Proposed,
  profileOf,
  profiles,
  targetOf,
  viewFrom,
} from '../../spec/index.ts';

type BeyondModel = WholeModel<Proposed, BeyondAction>;

/** What is compared of each state of the model, as numbers. */
interface Marks {
  /** What an exec sees that is still to come. */
  readonly seen: number[];
  /** The exec in focus alone. */
  readonly own: number[];
  /** Which ghosts are there, a bit each. */
  readonly ghosts: number[];
  /** Which ghost the exec in focus would be, a bit; 0 for none. */
  readonly profile: number[];
  /** By what is seen, the state in which the exec in focus is still to come itself. */
  readonly fresh: Map<number, number>;
}

/** The outcome; `lines` describe the first ghost that acts otherwise. */
export interface Alike {
  readonly states: number;
  readonly steps: number;
  readonly lines: readonly string[];
}

/**
 * Whether a ghost does the same whichever exec is in focus. In each state, each ghost must be able to take the same
 * steps, with the same outcome, as where the exec in focus is one more ghost; the exec in focus must stay as it is. And
 * each step of the exec in focus must be a step of the ghost that it would be, or of a quiet one, which is always there.
 */
export function ghostsAreAlike(graph: StateGraph<Proposed, BeyondAction>): Alike {
  const model = graph.model;
  const marks = markAll(model, graph);
  const moves = movesOf(model);
  const known = new Map<number, ReadonlyMap<number, number>>();
  let steps = 0;
  for (let number = 0; number < graph.size; number++) {
    const other = marks.fresh.get(marks.seen[number] as number);
    if (other === undefined) return { states: graph.size, steps, lines: [`no state is like ${number}`] };
    const there = known.get(other) ?? outcomes(graph, other);
    known.set(other, there);
    const here = outcomes(graph, number);
    const able = moves.filter(({ bit }) => (bit & (marks.ghosts[number] as number)) !== 0);
    const odd =
      able.find((move) => !actsAlike(move, number, here, there, marks))?.at ??
      [...here].find(([at, to]) => isOfExec(model, at) && !isGhostly(number, to, moves, there, marks))?.[0];
    steps += able.length;
    if (odd !== undefined) {
      const lines = [`${model.label(model.actions[odd] as BeyondAction)} in state ${number}`];
      return { states: graph.size, steps, lines };
    }
  }
  return { states: graph.size, steps, lines: [] };
}

/** A move of a ghost or of another container. */
interface GhostMove {
  /** The action's index, and that of the same move where another ghost stays, or does not. */
  readonly at: number;
  readonly twin: number;
  /** The ghosts of which one makes it, a bit each; of other containers any will do. */
  readonly bit: number;
}

const quiet = bitOf('quiet');

function bitOf(profile: Profile | null): number {
  return profile === null ? 0 : 1 << profiles.indexOf(profile);
}

function movesOf(model: BeyondModel): GhostMove[] {
  return model.actions.flatMap((action, at) => {
    const bit = action.ghost === undefined ? quiet : bitOf(action.ghost);
    return isMove(action) ? [{ at, twin: twinOf(model, at), bit }] : [];
  });
}

type Outcomes = ReadonlyMap<number, number>;

function actsAlike(
  { at, twin }: GhostMove,
  number: number,
  here: Outcomes,
  there: Outcomes,
  marks: Marks,
): boolean {
  const to = here.get(at);
  const otherTo = there.get(at);
  if (to === undefined || otherTo === undefined) return to === otherTo;
  const isSame = (n: number | undefined): boolean => n !== undefined && marks.seen[n] === marks.seen[to];
  return marks.own[to] === marks.own[number] && (isSame(otherTo) || isSame(there.get(twin)));
}

function isOfExec(model: BeyondModel, at: number): boolean {
  const { ghost, call, process } = model.actions[at] as BeyondAction;
  return ghost === undefined && (process ?? targetOf(call ?? '')) === focus.exec;
}

/** Whether a step of the exec in focus is a step of its ghost, or changes nothing that others see. */
function isGhostly(
  number: number,
  to: number,
  moves: readonly GhostMove[],
  there: Outcomes,
  marks: Marks,
): boolean {
  if (marks.seen[number] === marks.seen[to]) return true;
  const bits = (marks.profile[number] as number) | quiet;
  return moves.some(({ at, bit }) => {
    const end = there.get(at);
    return (bit & bits) !== 0 && end !== undefined && marks.seen[end] === marks.seen[to];
  });
}

function isMove({ ghost, call }: BeyondAction): boolean {
  return ghost !== undefined || call === elsewhere;
}

/** The same move, but for whether another ghost stays. */
function twinOf({ actions }: BeyondModel, move: number): number {
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

function markAll(model: BeyondModel, graph: StateGraph<Proposed, BeyondAction>): Marks {
  const marks: Marks = { seen: [], own: [], ghosts: [], profile: [], fresh: new Map() };
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
    marks.ghosts.push(profiles.reduce((bits, p) => bits | (isThere(state, p) ? bitOf(p) : 0), 0));
    marks.profile.push(bitOf(profileOf(state, focus.exec)));
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
