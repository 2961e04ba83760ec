/**
 * `proposed` with any number of containers, execs and calls: one container with one exec in full, everything else
 * abstracted into what it can do to them.
 *
 * docs/decisions/0009-beyond-the-bound.md says why what holds here holds for any number.
 *
 * @module
 */
import type { Model } from '../../checker/model.ts';
import { type Property, quiescent } from '../../checker/property.ts';
import { at } from '../assert.ts';
import { type Bound, noOptions } from '../bound.ts';
import { properties } from '../properties.ts';
import { erased } from '../revision.ts';
import { proposed, type State } from '../revisions/proposed.ts';
import { callOf, containerOf, methodOf, targetOf } from '../vocabulary.ts';
import {
  type BeyondAction,
  beyondActions,
  beyondLabelOf,
  elsewhere,
  focus,
  isBeyondBoundToHappen,
} from './actions.ts';
import { ghostOf, isThere, moverOf, place, profiles, sort } from './ghosts.ts';

/** What of `proposed` the model is made of; a test gives a faulty one. */
export type ProposedCore = Pick<typeof proposed, 'initial' | 'step'>;

const { container } = focus;
const ghosts = profiles.map(ghostOf);

/**
 * The model.
 *
 * @param sharedPidNamespace whether the processes of the container in focus live in a pid namespace that does not die
 * with the init; of the others it does not matter
 */
export function beyondModel(
  sharedPidNamespace: boolean,
  reducer: ProposedCore = proposed,
): Model<State, BeyondAction> {
  return {
    name: `proposed beyond the bound, ${sharedPidNamespace ? 'shared' : 'private'} pid namespace`,
    initial: initialState(sharedPidNamespace, reducer),
    actions: beyondActions(),
    step: (s, action) =>
      action.ghost === undefined ? stepOfFocus(s, action, reducer) : stepOfGhost(s, action, reducer),
    label: beyondLabelOf,
    progress: isBeyondBoundToHappen,
    properties: rules(sharedPidNamespace),
  };
}

/** `proposed` with the focus and the ghosts, and of another container its Create. */
function initialState(sharedPidNamespace: boolean, { initial }: ProposedCore): State {
  const options = { ...noOptions, sharedPidNamespace, delete: true, kill: true, shutdown: true };
  const whole = initial({ ...options, containers: 1, execs: 1 + ghosts.length });
  const other = initial({ ...options, containers: 2, execs: 0 });
  const state = Object.fromEntries(
    Object.entries(whole).map(([name, table]) => [name, join(table, other[name as keyof State])]),
  ) as unknown as State;
  const calls = Object.entries(state.calls).filter(([call]) => isKept(call));
  return { ...state, calls: Object.fromEntries(calls), starting: keep(state.starting, isKept) };
}

function join(table: unknown, other: unknown): unknown {
  const isTable = typeof table === 'object' && table !== null && !Array.isArray(table);
  return isTable ? { ...(other as object), ...table } : table;
}

function keep<V>(table: Record<string, V>, isWanted: (key: string) => boolean): Record<string, V> {
  return Object.fromEntries(Object.entries(table).filter(([key]) => isWanted(key)));
}

/** Of a ghost its Starts are enough: its other calls touch nothing that others see. */
function isKept(call: string): boolean {
  if (call === elsewhere) return true;
  const target = targetOf(call);
  if (ghosts.includes(target)) return methodOf(call) === 'start';
  return target === 'shim' || containerOf(target) === container;
}

/** A step of the focus, or of another container. */
function stepOfFocus(s: State, { step, from }: BeyondAction, { step: reduce }: ProposedCore): boolean {
  const call = 'call' in step ? step.call : undefined;
  if (from !== undefined && call !== undefined) {
    const handler = at(s.calls, call);
    const { pc } = handler;
    if (pc !== 'idle' || s.processExits.pc === 'ended') return false;
    if (call === elsewhere && at(s.starting, call) !== (from === 'give up')) return false;
    handler.pc = from;
    if (!reduce(s, step)) {
      handler.pc = pc;
      return false;
    }
  } else if (!reduce(s, step)) return false;
  for (const each of step.type === 'ShimShutsDown' ? Object.keys(s.calls) : [call]) {
    if (each !== undefined) fold(s, each);
  }
  if (mayEndGhosts(step.type)) for (const ghost of ghosts) sort(s, ghost);
  return true;
}

/** Forgets where a handler stands that holds nothing: any number of calls may stand there, sent or not. */
function fold(s: State, call: string): void {
  const handler = at(s.calls, call);
  handler.pc = call === elsewhere ? 'idle' : foldedPc(call, handler.pc);
  if (call === elsewhere) handler.runc = 'idle';
}

/** Whether a handler holds something where it stands. */
export function isHolding(pc: string): boolean {
  return /^(runc|announce) /.test(pc) || pc === 'give up' || pc === 'delete(s.containers)';
}

/** Where a handler stands that holds something; of a Create, which is sent once, also whether that is over. */
export function foldedPc(call: string, pc: State['calls'][string]['pc']): State['calls'][string]['pc'] {
  if (isHolding(pc)) return pc;
  return methodOf(call) === 'create' && !['idle', 'called'].includes(pc) ? 'answered' : 'idle';
}

function mayEndGhosts(type: string): boolean {
  return ['ProcessExits', 'ShimKills', 'ShimEndsKillAll', 'ShimGivesUp', 'RuncReturns'].includes(type);
}

/** A step of a ghost: it is put where it can take the step, and what its profile does not tell is forgotten again. */
function stepOfGhost(s: State, action: BeyondAction, { step: reduce }: ProposedCore): boolean {
  const { step, from, ghost = 'quiet', stays, wasReaped } = action;
  if (!isThere(s, ghost) || (from !== undefined && s.processExits.pc === 'ended')) return false;
  if (stays && !isThere(s, 'quiet')) return false;
  const process = moverOf(ghost, stays);
  place(s, process, ghost);
  const handler = at(s.calls, callOf('start', process));
  handler.pc = from ?? handler.pc;
  at(s.processes, process).state = 'created';
  if (wasReaped) at(s.kernel, process).status = 'reaped';
  const isEnabled = reduce(s, step);
  if (isEnabled) sort(s, process);
  else place(s, process, stays ? 'quiet' : ghost);
  return isEnabled;
}

/** Of calls that are folded nothing can be said; what `prove` says of them instead is in decision 9. */
const beyondReach: readonly string[] = ['no deadlock', 'every Wait returns'];

/** What *every Wait returns* needs: any number of Waits may wait for a process. */
const letsGo: Property<State> = quiescent(
  'who waits for a process that was reaped is let go',
  (s, p) =>
    at(s.kernel, p).status !== 'reaped' ||
    // A Wait for what was never made is refused.
    at(s.processes, p).state === 'none' ||
    at(s.processes, p).waitBlock === 'closed' ||
    s.processExits.pc === 'ended',
  {
    class: 'deadlock',
    sentence: 'every Wait returns',
    source: 'docs/decisions/0009-beyond-the-bound.md',
    subjects: [focus.container, focus.exec],
  },
);

/** The rules of the focus. */
function rules(sharedPidNamespace: boolean): Property<State>[] {
  const bound: Bound = {
    ...noOptions,
    sharedPidNamespace,
    delete: true,
    shutdown: true,
    containers: 1,
    execs: 1,
  };
  const all = properties(erased(proposed), bound, proposed.initial(bound)) as Property<State>[];
  return [...all.filter(({ name }) => !beyondReach.includes(name)), letsGo];
}
