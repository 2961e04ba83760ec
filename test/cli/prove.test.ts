import { describe, expect, it } from 'vitest';
import type { Model } from '../../checker/index.ts';
import { keptIn } from '../../cli/prove/kept.ts';
import { refines, touches, waits } from '../../cli/prove/proof.ts';
import { type AnyAction, type Bound, erased, modelOf, type Proposed, proposed } from '../../spec/index.ts';
import { isDeep } from '../depth.ts';
import { bound } from '../spec/bounds.ts';
import { without } from './without.ts';

const statesMax = 1_000_000;
const plain = bound(1, 2, 'runcFails', 'execOnCreated');

describe('refines', () => {
  const small: [Bound, number][] = [
    [bound(2, 1), 7_396],
    [bound(1, 2, 'pidReuse', 'reparented'), 4_349],
  ];
  const large: [Bound, number][] = [
    [plain, 12_506],
    [bound(1, 1, 'again', 'runcFails'), 23_000],
    [bound(1, 1, 'delete', 'shutdown', 'execOnCreated', 'sharedPidNamespace'), 22_912],
  ];
  for (const [b, states] of isDeep ? [...small, ...large] : small) {
    it(`finds that the model does whatever proposed does (${JSON.stringify(b)})`, () => {
      const { holds, counts, lines } = refines(b, statesMax);
      expect([holds, lines]).toEqual([true, []]);
      expect(counts).toMatchObject({ states });
    });
  }

  const needed: [string, Bound][] = [
    ['ShimBeginsCreate(create c2)', bound(2, 0)],
    ['ShimGivesUp(create c2)', bound(2, 0)],
    ['ShimBeginsStart(start c1/e9) by a ghost that is quiet', plain],
    ['RuncForks(start c1/e2, 102) by a ghost that is may fork', plain],
    ['RuncCrashes(start c1/e2) by a ghost that is may fork', plain],
    ['ShimAnnounces(start c1/e4) by a ghost that is starting, alive', plain],
    ['ShimGivesUp(start c1/e5) by a ghost that is starting, zombie', plain],
    ['ProcessExits(c1/e6) by a ghost that is running, alive', plain],
    ['ShimReaps(c1/e7) by a ghost that is running, zombie', plain],
    ['ShimReaps(c1/e8) by a ghost that is given up, zombie', plain],
    ['ShimGivesUp(start c1/e1)', plain],
    [
      'ShimBeginsStart(start c1/e9) by a ghost that is quiet and was reaped',
      bound(1, 1, 'again', 'runcFails'),
    ],
  ];
  for (const [gone, b] of isDeep ? needed : needed.slice(0, 2)) {
    it(`misses ${gone}`, () => {
      const { holds, lines } = refines(b, statesMax, without(false, gone));
      expect([holds, lines[0]]).toEqual([false, expect.stringContaining('no counterpart') as string]);
    });
  }
});

describe('waits', () => {
  it('finds that p.mu alone keeps a call that holds nothing, and a Wait its process', () => {
    const { holds, counts, lines } = waits([bound(1, 0, 'wait', 'delete', 'again')], 100_000);
    expect([holds, lines]).toEqual([true, []]);
    expect(counts['calls kept by p.mu']).toBeGreaterThan(0);
    expect(counts['Waits that wait']).toBeGreaterThan(0);
  });

  it('finds a call that waits for something else', () => {
    const model = modelOf(erased(proposed), bound(1, 1)) as unknown as Model<Proposed, AnyAction>;
    const step = (s: Proposed, action: AnyAction): boolean =>
      !(action.type === 'ShimAddsExec' && s.kernel.c1?.status === 'alive') && model.step(s, action);
    expect([...keptIn({ ...model, step }, 10_000, {}).strays]).toEqual([
      'exec c1/e1 at container.Exec is kept by neither p.mu nor waitBlock',
    ]);
  });
});

describe('touches', () => {
  it('lists what steps have to do with others', () => {
    const { holds, lines } = touches([bound(1, 2, 'kill'), bound(2, 1)]);
    expect(holds).toBe(true);
    expect(lines).toEqual([
      'reads of other execs kernel.pid, kernel.status, running; of other containers running',
      'writes of other execs kernel.status; of other containers nothing',
    ]);
  });
});
