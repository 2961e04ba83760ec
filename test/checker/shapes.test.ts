import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../checker/canonical.ts';
import { explore, type Model } from '../../checker/index.ts';

/** A model of one action, without properties. */
function modelOf<S extends object>(initial: S, step: (s: S) => boolean): Model<S, 'act'> {
  return {
    name: 'shape',
    initial,
    actions: ['act'],
    step,
    label: String,
    progress: () => true,
    properties: [],
  };
}

describe('the shape of a state', () => {
  for (const engine of ['fast', 'plain'] as const) {
    it(`${engine}: may have empty records, and keys that every object inherits`, () => {
      const initial = { n: 0, none: {}, constructor: { x: 0 }, toString: 1 };
      const model = modelOf(initial as { n: number; none: object; constructor: { x: number } }, (s) => {
        if (s.n > 2) return false;
        s.n += 1 + Object.values(s.none).length;
        s.constructor.x += 2;
        return true;
      });
      const states = [...explore(model, { engine }).states()].map(canonicalJson);
      expect(states).toEqual(
        [0, 1, 2, 3].map((n) => canonicalJson({ n, none: {}, constructor: { x: 2 * n }, toString: 1 })),
      );
      expect('x' in Object).toBe(false);
    });

    it(`${engine}: refuses holes of arrays and -0`, () => {
      const hole = modelOf({ q: [1] }, (s) => {
        s.q[3] = 1;
        return true;
      });
      const minus = modelOf({ n: 1 }, (s) => {
        s.n = -0;
        return true;
      });
      expect(() => explore(hole, { engine })).toThrow('a state holds what JSON cannot (got undefined');
      expect(() => explore(minus, { engine })).toThrow('a state holds what JSON cannot (got -0');
    });
  }

  it('refuses the key __proto__', () => {
    const initial = JSON.parse('{"__proto__": {"x": 1}, "n": 0}') as { n: number };
    expect(() => explore(modelOf(initial, () => false))).toThrow('got __proto__, allowed any other');
  });

  it('is the same for the model after a search whose property writes', () => {
    const model: Model<{ n: number[] }, 'act'> = {
      ...modelOf({ n: [2, 1] }, () => false),
      properties: [
        {
          name: 'sorted',
          kind: 'always',
          class: 'safety',
          sentence: '',
          source: '',
          subjects: ['n'],
          check: (s) => s.n.sort()[0] === 1,
        },
      ],
    };
    expect(() => explore(model, { engine: 'plain' })).toThrow(TypeError);
    expect(() => explore(model)).toThrow("property 'sorted' writes to the state");
    expect(model.initial).toEqual({ n: [2, 1] });
  });
});
