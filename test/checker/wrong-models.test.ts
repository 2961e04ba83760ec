import { describe, expect, it } from 'vitest';
import {
  always,
  checkLiveness,
  distinctWays,
  explore,
  type Model,
  ModelError,
  quiescent,
  replay,
  StateGraph,
  simulate,
  sometimes,
  stepsText,
} from '../../checker/index.ts';

interface Count {
  n: number;
}

function modelOf(step: (draft: Count) => boolean): Model<Count, string> {
  return { name: 'misuse', initial: { n: 0 }, actions: ['act'], step, properties: [] };
}

/** What the error says that `run` ends with. */
function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
  throw new Error('it ended without an error');
}

for (const engine of ['fast', 'plain', 'symbolic'] as const) {
  describe(`the ${engine} engine, of a model that means something else than it says`, () => {
    const wrong =
      'allowed true or false): change the draft in place, and return whether the action is enabled';
    const results: [string, unknown, string][] = [
      ['a new state', { n: 1 }, 'Object'],
      ['nothing', undefined, 'undefined'],
      ['a number', 1, '1'],
      ['a promise', Promise.resolve(true), 'Promise'],
    ];
    for (const [name, result, got] of results) {
      it(`refuses a step that returns ${name}`, () => {
        const model = modelOf((() => result) as () => boolean);
        expect(messageOf(() => explore(model, { engine }))).toBe(
          `step of act returns no boolean (got ${got}, ${wrong}`,
        );
      });
    }

    for (const make of [always, quiescent, sometimes]) {
      it(`refuses a property of ${make.name} whose check does not say yes or no`, () => {
        for (const [result, got] of [
          [undefined, 'undefined'],
          [0, '0'],
          ['', 'string'],
          [Promise.resolve(false), 'Promise'],
        ] as const) {
          const rule = make('the rule', (() => result) as unknown as () => boolean);
          const model = { ...modelOf(() => false), properties: [rule] };
          expect(messageOf(() => explore(model, { engine }))).toBe(
            `property 'the rule' does not say yes or no (got ${got}, allowed true or false): return a comparison`,
          );
        }
      });
    }

    const rule = always('the rule', () => true);
    const fields: [string, object, string][] = [
      [
        'without actions',
        { actions: [] },
        'model misuse has no actions (got an empty list, allowed one or more): list every action that can ever happen',
      ],
      [
        'whose actions are no list',
        { actions: undefined },
        'model misuse has no actions (got undefined, allowed one or more): list every action that can ever happen',
      ],
      [
        'with two actions of one label',
        { actions: ['act', 'rest', 'act'] },
        "model misuse has two actions with one label (got 'act' twice, allowed each once): write label(action) so that they differ",
      ],
      [
        'with an action that has no label',
        { actions: [undefined] },
        'model misuse has an action without a label (got undefined, allowed a text): write label(action)',
      ],
      [
        'whose progress says neither yes nor no',
        { progress: () => Promise.resolve(false) },
        'model misuse does not say whether act is bound to happen (got Promise, allowed true or false): see progress',
      ],
      [
        'without a step',
        { step: undefined },
        'model misuse has no step (got undefined, allowed a function): write step(draft, action)',
      ],
      [
        'without a list of properties',
        { properties: undefined },
        'model misuse has no list of properties (got undefined, allowed a list): write properties: [] if only states count',
      ],
      [
        'without an initial state',
        { initial: undefined },
        'the initial state is no state (got undefined, allowed a plain object): write initial: { … }',
      ],
      [
        'whose initial state is a list',
        { initial: [] },
        'the initial state is no state (got an array, allowed a plain object): write initial: { … }',
      ],
      [
        'with two properties of one name',
        { properties: [rule, sometimes('the rule', () => true)] },
        "model misuse has two properties of one name (got 'the rule' twice, allowed each once): name one of them otherwise",
      ],
      [
        'with a property of an unknown kind',
        { properties: [{ ...rule, kind: 'allways' }] },
        "property 'the rule' is of an unknown kind (got 'allways', allowed always, quiescent, sometimes, step): make it by always, quiescent, sometimes or onStep",
      ],
      [
        'with a property of an unknown class',
        { properties: [{ ...rule, class: 'savety' }] },
        "property 'the rule' is of an unknown class (got 'savety', allowed deadlock, safety, witness): leave class out, or choose one of these",
      ],
      [
        'with a property about nobody',
        { properties: [{ ...rule, subjects: [] }] },
        "property 'the rule' is about nobody (got [], allowed a list of one text or more): leave subjects out where there is nothing to tell apart, or leave the whole property out",
      ],
      [
        'with a property without a name',
        { properties: [{ ...rule, name: undefined }] },
        'a property has no name (got undefined, allowed a text): name it',
      ],
      [
        'with a property without a check',
        { properties: [{ ...rule, check: undefined }] },
        "property 'the rule' has no check (got undefined, allowed a function): write check(state, subject)",
      ],
      [
        'with a property that is none',
        { properties: [null] },
        'a property is no object (got null, allowed one): make it by always, quiescent, sometimes or onStep',
      ],
    ];
    for (const [name, change, message] of fields) {
      it(`refuses a model ${name}`, () => {
        const model = { ...modelOf(() => false), ...change } as Model<Count, string>;
        expect(messageOf(() => explore(model, { engine }))).toBe(message);
      });
    }
  });
}

describe('whatever takes a model', () => {
  const twice = { ...modelOf(() => false), actions: ['act', 'act'] };
  const told = { ...modelOf((() => 'yes') as unknown as () => boolean) };
  const takers: Record<string, (model: Model<Count, string>) => unknown> = {
    replay: (model) => replay(model, ['act']),
    simulate: (model) => simulate(model, { seed: 1, walks: 1, stepsMax: 2 }),
    checkLiveness: (model) =>
      checkLiveness(model, { claims: [{ name: 'it ends', kind: 'eventually', holds: () => false }] }),
    distinctWays: (model) => distinctWays(model, [always('the rule', () => true)], 1),
    StateGraph: (model) => new StateGraph(model).edges(0),
    stepsText: (model) => stepsText(model, ['act']),
  };
  for (const [name, take] of Object.entries(takers)) {
    it(`${name} refuses what the engines refuse`, () => {
      expect(messageOf(() => take(twice))).toContain('two actions with one label');
      expect(messageOf(() => take(told))).toContain('step of act returns no boolean');
    });
  }

  it('explore wants a model', () => {
    expect(messageOf(() => explore(undefined as unknown as Model<Count, string>))).toBe(
      'this is no model (got undefined, allowed an object): see Model',
    );
  });

  it('checkLiveness refuses claims that it would take for others', () => {
    const claim = { name: 'it ends', kind: 'eventually', holds: () => true } as const;
    const judge = (change: object): string =>
      messageOf(() =>
        checkLiveness(
          modelOf(() => false),
          { claims: [{ ...claim, ...change }] },
        ),
      );
    expect(judge({ kind: 'eventualy' })).toBe(
      "claim 'it ends' is of an unknown kind (got 'eventualy', allowed eventually, again and again): choose one of these",
    );
    expect(judge({ subjects: [] })).toContain("claim 'it ends' is about nobody (got [], ");
    expect(judge({ holds: () => undefined })).toContain(
      "claim 'it ends' does not say yes or no (got undefined, ",
    );
    expect(messageOf(() => checkLiveness(modelOf(() => false)))).toContain('there is nothing to judge');
  });
});
