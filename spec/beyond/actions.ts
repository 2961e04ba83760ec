/**
 * What can happen in the model beyond the bound: steps of the focus, of the ghosts, and of other containers.
 *
 * @module
 */
import { type AnyAction, labelOf } from '../action.ts';
import { ownPid } from '../bound.ts';
import { isBoundToHappen } from '../environment.ts';
import type { Action, Pc } from '../revisions/proposed.ts';
import { type CallId, type ContainerId, callOf, type ProcessId } from '../vocabulary.ts';
import { ghostOf, moverOf, type Profile } from './ghosts.ts';

/** A step of `proposed`, with where it is taken from. */
export interface BeyondAction extends AnyAction {
  /** The step, as `proposed` takes it. */
  readonly step: Action;
  /** Where the handler stands that takes it, if that is not in the state: any number of calls may stand there. */
  readonly from?: Pc | 'called';
  /** The ghost that takes it. */
  readonly ghost?: Profile;
  /** Whether another ghost of that profile is left. */
  readonly stays?: boolean;
  /** Whether the ghost has had its process, which a start that was given up has left. */
  readonly wasReaped?: boolean;
}

/** A container and one of its execs. */
export interface Focus {
  readonly container: ContainerId;
  readonly exec: ProcessId;
}

/** What is looked at in full. */
export const focus: Focus = { container: 'c1', exec: 'c1/e1' };

/** The call that stands for every Create, and every Start of an exec, of other containers. */
export const elsewhere: CallId = callOf('create', 'c2');

function beyond(step: Action, more: Partial<BeyondAction> = {}): BeyondAction {
  return { ...(step as AnyAction), step, ...more };
}

/** Every action of the model. */
export function beyondActions(): BeyondAction[] {
  return [...focusActions(), ...ghostActions(), ...actionsElsewhere()];
}

function focusActions(): BeyondAction[] {
  const { container: c, exec: e } = focus;
  const free = (type: string, call: string, from: Pc | 'called'): BeyondAction =>
    beyond({ type, call } as Action, { from });
  const forking = [callOf('create', c), callOf('start', e)];
  const running = [...forking, callOf('start', c), callOf('delete', c)];
  return [
    free('ShimBeginsCreate', callOf('create', c), 'called'),
    ...[c, e].flatMap((p) => [
      free('ShimBeginsStart', callOf('start', p), 'p.Start'),
      free('ShimKills', callOf('kill', p), 'container.Kill'),
      free('ShimDeletesProcess', callOf('delete', p), 'container.Delete'),
      beyond({ type: 'ProcessExits', process: p }),
      beyond({ type: 'ShimReaps', process: p }),
    ]),
    free('ShimAddsExec', callOf('exec', e), 'container.Exec'),
    free('ShimShutsDown', callOf('shutdown', 'shim'), 'called'),
    ...forking.map((call) =>
      beyond({ type: 'RuncForks', call, pid: call === forking[0] ? ownPid(c) : ownPid(e) }),
    ),
    beyond({ type: 'RuncReleasesInit', call: callOf('start', c) }),
    ...running.flatMap((call) => [
      beyond({ type: 'RuncReturns', call }),
      beyond({ type: 'RuncCrashes', call }),
    ]),
    ...[c, e].map((p) => beyond({ type: 'RuncFails', call: callOf('start', p) })),
    ...[...forking, callOf('start', c)].flatMap((call) => [
      beyond({ type: 'ShimAnnounces', call }),
      beyond({ type: 'ShimGivesUp', call }),
    ]),
    beyond({ type: 'ShimForgetsContainer', call: callOf('delete', c) }),
    beyond({ type: 'ShimKillsAll', thread: `reaper ${c}` }),
    beyond({ type: 'ShimEndsKillAll', thread: `reaper ${c}` }),
  ];
}

/** What a ghost of each profile may do; where its handler stands then is not kept. */
const moves: Readonly<Record<Profile, readonly (readonly [type: Action['type'], from?: Pc])[]>> = {
  quiet: [['ShimBeginsStart', 'p.Start']],
  'may fork': [
    ['RuncForks', 'runc exec'],
    ['RuncCrashes', 'runc exec'],
  ],
  'cannot fork': [['ShimGivesUp', 'give up']],
  'starting, alive': [
    ['ProcessExits'],
    ['ShimAnnounces', 'announce TaskExecStarted'],
    ['ShimGivesUp', 'give up'],
  ],
  'starting, zombie': [
    ['ShimAnnounces', 'announce TaskExecStarted'],
    ['ShimGivesUp', 'give up'],
  ],
  'running, alive': [['ProcessExits']],
  'running, zombie': [['ShimReaps']],
  'given up, zombie': [['ShimReaps'], ['ShimBeginsStart', 'p.Start']],
};

function ghostActions(): BeyondAction[] {
  const again = { type: 'ShimBeginsStart', call: callOf('start', ghostOf('quiet')) } as const;
  return [beyond(again, { from: 'p.Start', ghost: 'quiet', stays: false, wasReaped: true }), ...plainMoves()];
}

function plainMoves(): BeyondAction[] {
  return (Object.keys(moves) as Profile[]).flatMap((ghost) =>
    moves[ghost].flatMap(([type, from]) =>
      (ghost === 'quiet' ? [false] : [false, true]).map((stays) =>
        beyond(moveOf(type, moverOf(ghost, stays)), { ghost, stays, ...(from ? { from } : {}) }),
      ),
    ),
  );
}

function moveOf(type: Action['type'], process: ProcessId): Action {
  if (type === 'ProcessExits' || type === 'ShimReaps') return { type, process };
  const call = callOf('start', process);
  return (type === 'RuncForks' ? { type, call, pid: ownPid(process) } : { type, call }) as Action;
}

function actionsElsewhere(): BeyondAction[] {
  return [
    beyond({ type: 'ShimBeginsCreate', call: elsewhere }, { from: 'called' }),
    beyond({ type: 'ShimGivesUp', call: elsewhere }, { from: 'give up' }),
  ];
}

/** A name that is unique among the model's actions. */
export function beyondLabelOf({ step, ghost, stays, wasReaped }: BeyondAction): string {
  const who = ghost === undefined ? '' : ` by a ghost that is ${ghost}${wasReaped ? ' and was reaped' : ''}`;
  return `${labelOf(step as AnyAction)}${who}${stays ? ', and another stays' : ''}`;
}

/**
 * Whether an action is bound to happen. A call that stands nowhere in the state may not have been sent; and a failure
 * without a cause is none that one may wait for.
 */
export function isBeyondBoundToHappen({ step, ghost }: BeyondAction): boolean {
  if (ghost !== undefined) return !['ShimBeginsStart', 'ProcessExits'].includes(step.type);
  const isFree = [
    'ShimBeginsCreate',
    'ShimBeginsStart',
    'ShimKills',
    'ShimDeletesProcess',
    'ShimAddsExec',
    'ShimShutsDown',
    'RuncCrashes',
  ].includes(step.type);
  return !isFree && isBoundToHappen(step);
}
