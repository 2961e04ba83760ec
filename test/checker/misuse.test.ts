import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../checker/canonical.ts';
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

interface Loose {
  n: unknown;
  readonly deep: { list: unknown[] };
}

/** A model of one step, and of one property where that is given. */
function modelOf(
  step: (draft: Loose) => boolean,
  check?: (state: Loose) => boolean,
  initial: Loose = { n: 0, deep: { list: [3, 1, 2] } },
): Model<Loose, string> {
  return {
    name: 'misuse',
    initial,
    actions: ['act'],
    step,
    properties: check ? [always('the rule', check)] : [],
  };
}

const engines = ['fast', 'plain', 'symbolic'] as const;

/** The error that `run` ends with. */
function errorOf(run: () => unknown): ModelError {
  try {
    run();
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error('it ended without an error');
}

class Point {
  readonly x = 0;
}

const notJson: Record<string, { value: unknown; got: string }> = {
  undefined: { value: undefined, got: 'undefined' },
  NaN: { value: Number.NaN, got: 'NaN' },
  infinity: { value: Number.POSITIVE_INFINITY, got: 'Infinity' },
  'a Map': { value: new Map(), got: 'Map' },
  'a Set': { value: new Set(), got: 'Set' },
  'a Date': { value: new Date(0), got: 'Date' },
  'a bigint': { value: 1n, got: 'bigint' },
  'a function': { value: () => 0, got: 'function' },
  'an object of a class': { value: new Point(), got: 'Point' },
};
const allowed = 'allowed null, boolean, finite number, string, array, plain object';

for (const engine of engines) {
  describe(`the ${engine} engine, of a model that breaks the rules`, () => {
    for (const [name, { value, got }] of Object.entries(notJson)) {
      const message = `a state holds what JSON cannot (got ${got}, ${allowed}): use null for what is absent`;

      it(`refuses ${name} that a step writes`, () => {
        const model = modelOf((s) => {
          s.n = value;
          return true;
        });
        expect(errorOf(() => explore(model, { engine })).message).toBe(message);
      });

      it(`refuses ${name} that a step pushes`, () => {
        const model = modelOf((s) => s.deep.list.push({ value }) > 0);
        expect(errorOf(() => explore(model, { engine })).message).toBe(message);
      });

      it(`refuses ${name} in the initial state`, () => {
        const model = modelOf(() => false, undefined, { n: value, deep: { list: [] } });
        expect(errorOf(() => explore(model, { engine })).message).toBe(message);
      });
    }

    it('refuses an initial state that is no plain object', () => {
      for (const initial of [new Map(), new Point()]) {
        const model = modelOf(() => false, undefined, initial as unknown as Loose);
        expect(errorOf(() => explore(model, { engine })).name).toBe('ModelError');
      }
    });

    it('refuses a symbol as a key', () => {
      const model = modelOf(() => false, undefined, { n: { [Symbol('s')]: 1 }, deep: { list: [] } });
      expect(errorOf(() => explore(model, { engine })).message).toBe(
        'a state has a key that JSON leaves out (got Symbol(s), allowed texts): use a text for it',
      );
    });

    it('refuses an initial state that holds itself', () => {
      const deep: { list: unknown[] } = { list: [] };
      deep.list.push(deep);
      const model = modelOf(() => false, undefined, { n: 0, deep });
      expect(errorOf(() => explore(model, { engine })).message).toBe(
        'the initial state holds itself (got a cycle, allowed a tree): write names for links',
      );
    });

    it('refuses a step that writes and then says that it is not enabled', () => {
      const model = modelOf((s) => {
        s.n = 1;
        return false;
      });
      expect(errorOf(() => explore(model, { engine })).message).toBe(
        'act is not enabled and yet writes (got a write and false, allowed one of them): check before writing',
      );
    });

    it('takes a step that puts back what it wrote', () => {
      const model = modelOf((s) => {
        const { n } = s;
        s.n = 1;
        s.n = n;
        return false;
      });
      expect(explore(model, { engine }).report).toMatchObject({ states: 1, transitions: 0, quiescent: 1 });
    });

    const wrong =
      'allowed true or false): change the draft in place, and return whether the action is enabled';
    const results: [string, unknown, string][] = [
      ['a new state', { n: 1, deep: { list: [] } }, 'Object'],
      ['nothing', undefined, 'undefined'],
      ['a number', 1, '1'],
      ['a promise', Promise.resolve(true), 'Promise'],
    ];
    for (const [name, result, got] of results) {
      it(`refuses a step that returns ${name}`, () => {
        const model = modelOf((() => result) as () => boolean);
        expect(errorOf(() => explore(model, { engine })).message).toBe(
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
          expect(errorOf(() => explore(model, { engine })).message).toBe(
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
        const model = { ...modelOf(() => false), ...change } as Model<Loose, string>;
        expect(errorOf(() => explore(model, { engine })).message).toBe(message);
      });
    }

    it('takes the same model where it keeps the rules', () => {
      const model = modelOf(
        (s) => {
          if (s.n !== 0) return false;
          s.n = s.deep.list.pop();
          return true;
        },
        (s) => s.n !== 1,
      );
      expect(explore(model, { engine }).report).toMatchObject({
        states: 2,
        transitions: 1,
        results: [{ verdict: 'holds' }],
      });
    });
  });
}

describe('the fast engine, of a model that breaks the rules', () => {
  const shapes: Record<string, { step: (s: Loose) => boolean; text: string }> = {
    'adds a key': {
      step: (s) => Reflect.has(Object.assign(s, { m: 1 }), 'm'),
      text: 'Cannot add property m',
    },
    'adds a key further down': {
      step: (s) => Reflect.has(Object.assign(s.deep, { m: 1 }), 'm'),
      text: 'Cannot add property m',
    },
    'deletes a key': { step: (s) => delete (s as Partial<Loose>).n, text: "Cannot delete property 'n'" },
    'replaces an object of the shape': {
      step: (s) => Reflect.has(Object.assign(s, { deep: { list: [] } }), 'n'),
      text: "Cannot assign to read only property 'deep'",
    },
  };
  for (const [what, { step, text }] of Object.entries(shapes)) {
    it(`says so where a step ${what}, as the plain one does not`, () => {
      const error = errorOf(() => explore(modelOf(step)));
      expect(error.message).toContain(text);
      expect(error.message).toMatch(/it must not throw, nor add or remove keys of the state$/);
      expect(error.cause).toBeInstanceOf(TypeError);
      expect(explore(modelOf(step), { engine: 'plain' }).report.states).toBe(2);
    });
  }

  it('keeps the cause where a step throws', () => {
    const cause = new RangeError('out of ink');
    const model = modelOf(() => {
      throw cause;
    });
    const error = errorOf(() => explore(model));
    expect(error.message).toMatch(/^a step or property failed \(out of ink\): it must not throw/);
    expect(error.cause).toBe(cause);
    expect(() => explore(model, { engine: 'plain' })).toThrow(cause);
  });

  it('keeps the cause where a property throws, be it no Error', () => {
    const model = modelOf(
      () => false,
      () => {
        throw 'a text';
      },
    );
    const error = errorOf(() => explore(model));
    expect(error.message).toContain('(a text)');
    expect(error.cause).toBe('a text');
  });

  it('refuses a property that writes, in place too', () => {
    const writes = modelOf(
      () => false,
      (s) => {
        s.n = 1;
        return true;
      },
    );
    const sorts = modelOf(
      () => false,
      (s) => s.deep.list.sort().length > 0,
    );
    for (const model of [writes, sorts]) {
      expect(errorOf(() => explore(model)).message).toBe(
        "property 'the rule' writes to the state (allowed: to read it)",
      );
      expect(model.initial).toEqual({ n: 0, deep: { list: [3, 1, 2] } });
    }
  });

  it('refuses a step that reads other things on the same readings', () => {
    let runs = 0;
    const model = modelOf((s) => {
      if (runs++ % 2 === 0 && s.deep.list.length === 0) return false;
      if (s.n === 5) return false;
      s.n = Number(s.n) + 1;
      return true;
    });
    expect(errorOf(() => explore(model)).message).toMatch(/it must be a pure function of the state$/);
  });

  it('does not find out a step that does something else where it has not to run it again', () => {
    let runs = 0;
    const model = modelOf((s) => {
      s.n = (Number(s.n) + runs++) % 5;
      return true;
    });
    expect(explore(model).report.stoppedBy).toBeNull();
    expect(runs).toBeLessThan(8);
  });

  it('refuses more actions than a trace can name', () => {
    const actions = Array.from({ length: 65_536 }, (_, i) => `act ${i}`);
    const model = { ...modelOf(() => true), actions };
    expect(errorOf(() => explore(model)).message).toBe(
      'model misuse has too many actions (got 65536, allowed 65535): lower the bound',
    );
    expect(explore({ ...model, actions: actions.slice(1) }).report.transitions).toBe(65_535);
  });
});

describe('canonicalJson', () => {
  it('refuses what JSON would drop or change, however deep', () => {
    for (const { value, got } of Object.values(notJson)) {
      expect(errorOf(() => canonicalJson({ a: [{ b: value }] })).message).toContain(`got ${got}, ${allowed}`);
    }
  });
});

describe('whatever takes a model', () => {
  const twice = { ...modelOf(() => false), actions: ['act', 'act'] };
  const told = { ...modelOf((() => 'yes') as unknown as () => boolean) };
  const takers: Record<string, (model: Model<Loose, string>) => unknown> = {
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
      expect(errorOf(() => take(twice)).message).toContain('two actions with one label');
      expect(errorOf(() => take(told)).message).toContain('step of act returns no boolean');
    });
  }

  it('explore knows no other engine', () => {
    const engine = 'quick' as 'fast';
    expect(
      errorOf(() =>
        explore(
          modelOf(() => false),
          { engine },
        ),
      ).message,
    ).toBe(
      "no engine has that name (got 'quick', allowed fast, plain, symbolic): leave engine out for the fast one",
    );
  });

  it('explore wants a model', () => {
    expect(errorOf(() => explore(undefined as unknown as Model<Loose, string>)).message).toBe(
      'this is no model (got undefined, allowed an object): see Model',
    );
  });

  it('checkLiveness refuses claims that it would take for others', () => {
    const claim = { name: 'it ends', kind: 'eventually', holds: () => true } as const;
    const judge = (change: object): string =>
      errorOf(() =>
        checkLiveness(
          modelOf(() => false),
          { claims: [{ ...claim, ...change }] },
        ),
      ).message;
    expect(judge({ kind: 'eventualy' })).toBe(
      "claim 'it ends' is of an unknown kind (got 'eventualy', allowed eventually, again and again): choose one of these",
    );
    expect(judge({ subjects: [] })).toContain("claim 'it ends' is about nobody (got [], ");
    expect(judge({ holds: () => undefined })).toContain(
      "claim 'it ends' does not say yes or no (got undefined, ",
    );
    expect(errorOf(() => checkLiveness(modelOf(() => false))).message).toContain('there is nothing to judge');
  });
});
