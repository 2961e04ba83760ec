import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../checker/canonical.ts';
import { always, explore, type Model, ModelError } from '../../checker/index.ts';

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
