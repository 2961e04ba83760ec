import { describe, expect, it } from 'vitest';
import { StateGraph } from '../../checker/index.ts';
import { ghostsAreAlike } from '../../cli/prove/alike.ts';
import { closed } from '../../cli/prove/proof.ts';
import { beyondModel } from '../../spec/index.ts';
import './prove.test.ts';
import { shimSpec } from './shim-spec.ts';
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

describe('shim-spec prove', () => {
  it('shows nothing where a part was cut short, and says so', () => {
    const { code, out } = shimSpec('prove', '--pid-namespace', 'private', '--max-states', '5000');
    expect(out).toContain('? every rule holds of any exec and its init, whatever is beside them');
    expect(out).toMatch(/not shown: \d+ of 16 parts do not hold or were cut short/);
    expect(code).toBe(20);
    const json = shimSpec(
      ...['prove', '--pid-namespace', 'private', '--max-states', '5000', '--format', 'json'],
    );
    expect(JSON.parse(json.out)).toMatchObject({ revision: 'proposed', isProved: false });
    expect(shimSpec('prove', '--pid-namespace', 'none').code).toBe(150);
  });
});
