/**
 * `mine`: what somebody who follows the guide may write: `main` with one more step and one more table, in one file.
 *
 * The exit loop sweeps `containerInitExit` where it waits for the next exit: what is there of a container that was
 * deleted goes. `swept` counts how often.
 */
import { always, sometimes } from '../../checker/property.ts';
import { at } from '../../spec/assert.ts';
import { type Bound, containersOf } from '../../spec/bound.ts';
import { record } from '../../spec/environment.ts';
import { type Revision, revisionOf } from '../../spec/revision.ts';
import { type State as MainState, mainRevision } from '../../spec/revisions/main.ts';
import { byExitLoop } from '../../spec/steps.ts';
import type { ContainerId } from '../../spec/vocabulary.ts';

/** The state of `main`, and one table. */
export interface MineState extends MainState {
  /** How often a container was swept. */
  readonly swept: Record<ContainerId, number>;
}

const steps = {
  ...mainRevision.steps,
  ShimSweeps: byExitLoop(shimSweeps, {
    text: (s) => `sweeps ${leftOver(s) ?? 'nothing'}`,
    lines: 'task/service.go#L660',
  }),
};

function initial(bound: Bound): MineState {
  return { ...mainRevision.initial(bound), swept: record(containersOf(bound), () => 0) };
}

function leftOver(s: MineState): ContainerId | undefined {
  const isDeleted = (c: ContainerId): boolean =>
    at(s.processes, c).state === 'deleted' && !at(s.containers, c);
  return Object.keys(s.containerInitExit).find((c) => isDeleted(c) && at(s.containerInitExit, c) !== null);
}

function shimSweeps(s: MineState): boolean {
  const c = s.processExits.pc === 'range s.ec' ? leftOver(s) : undefined;
  if (c === undefined) return false;
  s.containerInitExit[c] = null;
  s.swept[c] = at(s.swept, c) + 1;
  return true;
}

/** The revision, as a checker takes it. */
export const mine: Revision<MineState, typeof steps> = revisionOf({
  ...mainRevision,
  slug: 'mine',
  title: 'what is kept of a deleted container is swept',
  codeOf: 'main',
  initial,
  steps,
  rules: (bound, state) => [
    ...(mainRevision.rules?.(bound, state) ?? []),
    always('a container is swept once at most', (s, c) => at(s.swept, c) <= 1, {
      sentence: 'its entry is made once',
      source: 'test/spec/mine.ts',
      subjects: Object.keys(state.swept),
    }),
    sometimes('a container is swept', (s, c) => at(s.swept, c) > 0, {
      sentence: 'the step is taken',
      source: 'test/spec/mine.ts',
      subjects: Object.keys(state.swept),
    }),
  ],
});
