import { describe, expect, it } from 'vitest';
import { StateGraph } from '../../checker/index.ts';
import { ghostsAreAlike } from '../../cli/prove/alike.ts';
import { closed } from '../../cli/prove/proof.ts';
import { beyondModel } from '../../spec/index.ts';
import './prove.test.ts';
import { without } from './without.ts';

const statesMax = 1_000_000;

describe('closed and ghostsAreAlike', () => {
  it('find that the focus and the ghosts do the same, whoever is looked at', () => {
    const graph = new StateGraph(beyondModel(false), statesMax);
    expect(closed(graph)).toMatchObject({ holds: true, counts: { states: 83_273, steps: 34_212 } });
    expect(ghostsAreAlike(graph)).toEqual({ states: 83_273, steps: 1_235_328, lines: [] });
  });

  it('miss what another exec would have to do', () => {
    const gone = 'ProcessExits(c1/e9) by a ghost that is running, alive, and another stays';
    const { holds, lines } = closed(new StateGraph(without(false, gone), statesMax));
    expect([holds, lines[0]]).toEqual([false, 'seen by another exec: no counterpart (step)']);
  });
});
