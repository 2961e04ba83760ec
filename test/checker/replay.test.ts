import { describe, expect, it } from 'vitest';
import { explore, type Model } from '../../checker/index.ts';
import {
  choicesOf,
  fromChoices,
  fromLabels,
  ReplayError,
  replay,
  violationsOf,
} from '../../checker/replay.ts';
import { enabledIn, next } from '../../checker/step.ts';
import { twoPhaseCommit } from '../../examples/two-phase-commit.ts';
import { dieHard } from '../models/die-hard.ts';
import { diningPhilosophers, type PhilosopherAction } from '../models/dining-philosophers.ts';
import { fc, test } from '../random.ts';

const table = diningPhilosophers(2, false);
const named = (...labels: readonly string[]): PhilosopherAction[] => fromLabels(table, labels);
const deadlock = named('PicksFirst(p0)', 'PicksFirst(p1)');
const commit = twoPhaseCommit(2);

/** A walk of `model` that takes, at each step, one of the enabled actions; shorter where nothing is enabled. */
function walk<S extends object, A>(model: Model<S, A>, dice: readonly number[]): number[] {
  let state = model.initial;
  const choices: number[] = [];
  for (const die of dice) {
    const enabled = enabledIn(model, state);
    if (enabled.length === 0) break;
    const choice = die % enabled.length;
    choices.push(choice);
    state = next(model, state, enabled[choice] as A) as S;
  }
  return choices;
}

function errorOf(run: () => unknown): ReplayError {
  try {
    run();
  } catch (error) {
    if (error instanceof ReplayError) return error;
    throw error;
  }
  throw new Error('it ended without an error');
}

/** An action that is written down, not taken from the model. */
function action(type: PhilosopherAction['type'], philosopher: string): PhilosopherAction {
  return { type, philosopher, forks: ['f0', 'f1'] };
}

describe('replay', () => {
  it('takes the steps of a trace, each from where the one before ended', () => {
    const steps = replay(dieHard, ['FillBigJug', 'BigToSmall', 'EmptySmallJug']);
    expect(steps).toEqual([
      { action: 'FillBigJug', before: { big: 0, small: 0 }, after: { big: 5, small: 0 } },
      { action: 'BigToSmall', before: { big: 5, small: 0 }, after: { big: 2, small: 3 } },
      { action: 'EmptySmallJug', before: { big: 2, small: 3 }, after: { big: 2, small: 0 } },
    ]);
  });

  it('has no steps for an empty trace', () => {
    expect(replay(dieHard, [])).toEqual([]);
  });

  it('ends where the search says that die hard is solved', () => {
    const [solution] = explore(dieHard).report.results;
    expect(replay(dieHard, solution?.trace ?? []).map(({ after }) => after.big)).toEqual([5, 2, 2, 0, 5, 4]);
  });

  it('names the action that is not enabled, the step, and those that are', () => {
    const error = errorOf(() => replay(table, [action('PicksFirst', 'p0'), action('PutsBoth', 'p0')]));
    expect(error).toMatchObject({
      name: 'ReplayError',
      step: 1,
      valid: ['PicksSecond(p0)', 'PicksFirst(p1)'],
      message:
        'PutsBoth(p0) is not enabled at step 2 (allowed: 0 PicksSecond(p0), 1 PicksFirst(p1)): ' +
        'the model, its bound or its options differ from those that the trace was made with',
    });
  });

  it('names an action that the model does not have', () => {
    const error = errorOf(() => replay(table, [action('PicksFirst', 'p7')]));
    expect(error).toMatchObject({ step: 0, valid: ['PicksFirst(p0)', 'PicksFirst(p1)'] });
    expect(error.message).toMatch(/^PicksFirst\(p7\) is not enabled at step 1 \(allowed: 0 PicksFirst\(p0\)/);
  });

  it('says where nothing is allowed any more', () => {
    const error = errorOf(() => replay(table, [...deadlock, action('PicksSecond', 'p0')]));
    expect(error).toMatchObject({ step: 2, valid: [] });
    expect(error.message).toContain('at step 3 (allowed: nothing, the trace ends here)');
  });
});

describe('fromChoices', () => {
  it('names the choice that is out of range', () => {
    const error = errorOf(() => fromChoices(table, [0, 2]));
    expect(error).toMatchObject({ step: 1, valid: ['PicksSecond(p0)', 'PicksFirst(p1)'] });
    expect(error.message).toMatch(/^choice 2 is not enabled at step 2 \(allowed: 0 PicksSecond\(p0\), 1 /);
  });

  it('counts among the enabled actions alone', () => {
    expect(fromChoices(table, [0, 1])).toEqual(deadlock);
    expect(fromChoices(table, [1, 0])).toEqual(deadlock.toReversed());
    expect(fromChoices(table, [])).toEqual([]);
    for (const wrong of [-1, 0.5, 2]) expect(() => fromChoices(table, [wrong])).toThrow(ReplayError);
  });

  for (const model of [table, diningPhilosophers(3, true)]) {
    test.prop([fc.array(fc.nat(1_000), { maxLength: 30 })])(
      `choicesOf takes it back: ${model.name}`,
      (dice) => {
        const choices = walk(model, dice);
        expect(choicesOf(model, replay(model, fromChoices(model, choices)))).toEqual(choices);
      },
    );
  }

  test.prop([fc.array(fc.nat(1_000), { minLength: 1, maxLength: 30 })])(
    'choicesOf takes it back: two-phase commit, which never ends',
    (dice) => {
      const choices = walk(commit, dice);
      expect(choices).toHaveLength(dice.length);
      expect(choicesOf(commit, replay(commit, fromChoices(commit, choices)))).toEqual(choices);
    },
  );
});

describe('fromLabels', () => {
  it('names the label that the model does not have, or that is not enabled', () => {
    expect(errorOf(() => named('PicksFirst(p7)')).message).toMatch(
      /^PicksFirst\(p7\) is not enabled at step 1/,
    );
    expect(errorOf(() => named('PicksFirst(p0)', 'PicksFirst(p0)')).step).toBe(1);
  });
});

describe('choicesOf', () => {
  it('gives the position of each action among the enabled ones', () => {
    expect(choicesOf(table, replay(table, deadlock))).toEqual([0, 1]);
    expect(
      choicesOf(table, replay(table, named('PicksFirst(p1)', 'PicksSecond(p1)', 'PutsBoth(p1)'))),
    ).toEqual([1, 1, 0]);
  });
});

describe('violationsOf', () => {
  it('finds the deadlock at the step where nothing moves, with the first who waits', () => {
    const breaches = violationsOf(table, replay(table, deadlock));
    expect(breaches.map(({ property, subject, step }) => [property.name, subject, step])).toEqual([
      ['no deadlock', 'p0', 2],
    ]);
  });

  it('finds nothing in a trace that breaks nothing, though somebody waits and no witness is reached', () => {
    expect(
      violationsOf(diningPhilosophers(3, false), replay(diningPhilosophers(3, false), deadlock.slice(0, 1))),
    ).toEqual([]);
    expect(violationsOf(commit, [])).toEqual([]);
  });

  it('names each property once, in the order in which they break, from the initial state on', () => {
    const [solved] = dieHard.properties;
    if (!solved) throw new Error('die hard has lost its riddle');
    const rule = (name: string, big: number) => ({
      ...solved,
      name,
      check: (s: { big: number }) => s.big !== big,
    });
    const model = { ...dieHard, properties: [rule('not 2', 2), rule('not 5', 5), rule('not 0', 0)] };
    const steps = replay(model, ['FillBigJug', 'BigToSmall', 'EmptyBigJug', 'FillBigJug']);
    expect(violationsOf(model, steps).map(({ property, step }) => [property.name, step])).toEqual([
      ['not 0', 0],
      ['not 5', 1],
      ['not 2', 2],
    ]);
  });

  it('breaks on the trace of a violated property at its last step, and not before', () => {
    for (const model of [table, diningPhilosophers(4, false)]) {
      const { results } = explore(model).report;
      const violated = results.find(({ verdict }) => verdict === 'violated');
      const trace = violated?.trace ?? [];
      const breaches = violationsOf(model, replay(model, trace));
      expect(breaches.map(({ property, step }) => [property.name, step])).toEqual([
        ['no deadlock', trace.length],
      ]);
      expect(trace.length).toBeGreaterThan(1);
    }
  });
});

describe('enabledIn', () => {
  it('keeps the order of the actions and takes no step', () => {
    expect(enabledIn(dieHard, { big: 0, small: 0 })).toEqual(dieHard.actions);
    expect(enabledIn(table, table.initial)).toEqual(deadlock);
    expect(table.initial.forks).toEqual({ f0: null, f1: null });
  });
});

describe('next', () => {
  it('is null where the action is not enabled, and leaves the state as it was', () => {
    const eats = table.actions.find(({ type }) => type === 'PicksSecond');
    const picks = table.actions.find(({ type }) => type === 'PicksFirst');
    if (!eats || !picks) throw new Error('the philosophers have lost their actions');
    expect(next(table, table.initial, eats)).toBeNull();
    expect(next(table, table.initial, picks)?.forks).toEqual({ f0: 'p0', f1: null });
    expect(table.initial.forks).toEqual({ f0: null, f1: null });
  });
});
