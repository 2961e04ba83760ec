import { describe, expect, it } from 'vitest';
import { Abstract, checkRefinement, type Model, ModelError, StateGraph } from '../../../checker/index.ts';

interface Count {
  n: number;
}

/** Counts to `max` by ones, or by twos; `rests` says whether it may stop where it likes. */
function counter(max: number, by: number, rests: boolean): Model<Count, 'count'> {
  return {
    name: `counter by ${by}`,
    initial: { n: 0 },
    actions: ['count'],
    step: (s) => {
      if (s.n + by > max) return false;
      s.n += by;
      return true;
    },
    label: (action) => action,
    progress: () => !rests,
    properties: [],
  };
}

const half = { name: 'half', of: (s: Count) => `${Math.floor(s.n / 2)}` };
const whole = (s: Count): string => `${s.n}`;

describe('checkRefinement', () => {
  const small = (max: number, rests = false): Abstract<Count, 'count'> =>
    new Abstract(new StateGraph(counter(max, 1, rests)), whole);

  it('finds a counterpart of every step, and takes no notice of steps that nobody sees', () => {
    const [found] = checkRefinement(new StateGraph(counter(7, 1, false)), small(3), [half]);
    expect(found).toEqual({ view: 'half', steps: 3, seen: 4, mismatch: null });
  });

  it('shows how a step without a counterpart comes about', () => {
    const [found] = checkRefinement(new StateGraph(counter(7, 1, false)), small(2), [half]);
    expect(found?.mismatch).toEqual({ kind: 'step', trace: Array(6).fill('count'), seen: ['2', '3'] });
  });

  it('sees that the large model rests where the small one goes on', () => {
    const [found] = checkRefinement(new StateGraph(counter(7, 1, false)), small(4), [half]);
    expect(found?.mismatch).toMatchObject({ kind: 'rest', seen: ['3'] });
    const [free] = checkRefinement(new StateGraph(counter(7, 1, false)), small(4, true), [half]);
    expect(free?.mismatch).toBe(null);
  });

  it('sees that they begin otherwise', () => {
    const other = { name: 'other', of: (s: Count) => `${s.n + 1}` };
    const [found] = checkRefinement(new StateGraph(counter(0, 1, false)), small(3), [other]);
    expect(found?.mismatch).toMatchObject({ kind: 'begin', seen: ['1', '0'] });
  });

  it('wants states of the small model to look different', () => {
    const model: Model<Count, number> = {
      ...counter(4, 1, false),
      actions: [1, 3],
      step: (s, by) => {
        if (s.n + by > 4) return false;
        s.n += by;
        return true;
      },
      label: String,
      progress: () => true,
    };
    const blurred = new Abstract(new StateGraph(model), (s) => `${s.n % 2}`);
    expect(() => blurred.after(0)).toThrow(ModelError);
  });
});
