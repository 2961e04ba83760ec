import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../checker/canonical.ts';
import { type ActionCoverage, explore, type Model } from '../../../checker/index.ts';
import { modelOf, revisions } from '../../../spec/index.ts';
import { isDeep } from '../../depth.ts';
import { bound } from '../../spec/bounds.ts';

interface Door {
  door: 'shut' | 'open';
  readonly lock: boolean;
  bell: number;
}

/** A door that nobody locks, and a bell that rings once: six states. */
const door: Model<Door, string> = {
  name: 'a door',
  initial: { door: 'shut', lock: false, bell: 0 },
  actions: ['opens', 'closes', 'is forced', 'rings', 'rests'],
  label: (action) => action,
  progress: () => true,
  properties: [],
  step: (s, action) => {
    switch (action) {
      case 'opens':
        if (s.door !== 'shut' || s.lock) return false;
        s.door = 'open';
        return true;
      case 'closes': {
        const { bell, door } = s;
        if (door !== 'open' || bell < 0) return false;
        s.door = 'shut';
        return true;
      }
      case 'is forced':
        if (s.door !== 'shut' || !s.lock) return false;
        s.door = 'open';
        return true;
      case 'rings':
        if (s.bell !== 0) return false;
        s.bell = s.door === 'open' ? 1 : 2;
        return true;
      default:
        return true;
    }
  },
};

function coverageOf<S extends object, A>(model: Model<S, A>): readonly ActionCoverage[] {
  const { coverage, report } = explore(model);
  const found = coverage?.() ?? expect.fail('the search cannot tell');
  expect(found.states).toBe(report.states);
  expect(found.actions.map(({ taken }) => taken)).toEqual(report.taken);
  return found.actions;
}

/** How often each slot stopped an action, and at which values. */
type Stops = Record<string, { times: number; values: string[] }>;

/** The same as of a coverage, found by running `action` on states that note what is read. */
function stopsOf<S extends object, A>(model: Model<S, A>, states: readonly S[], action: A): Stops {
  const stops: Stops = {};
  for (const state of states) {
    const read = new Map<string, string>();
    const noting = (at: object, path: readonly string[]): object =>
      new Proxy(at, {
        get: (target, key) => {
          const value: unknown = Reflect.get(target, key);
          if (typeof key !== 'string' || Array.isArray(target) || value === undefined) return value;
          const own = [...path, key];
          const isBranch = typeof value === 'object' && value !== null && !Array.isArray(value);
          if (isBranch && Object.keys(value).length > 0) return noting(value, own);
          // What is read again keeps its place.
          if (!read.has(own.join('.'))) read.set(own.join('.'), canonicalJson(value));
          return value;
        },
      });
    if (model.step(noting(structuredClone(state), []) as S, action)) continue;
    const [slot, value] = [...read].at(-1) ?? ['', ''];
    const stop = stops[slot] ?? { times: 0, values: [] };
    stop.times++;
    if (!stop.values.includes(value)) stop.values.push(value);
    stops[slot] = stop;
  }
  for (const { values } of Object.values(stops)) values.sort();
  return stops;
}

describe('coverage', () => {
  const [opens, closes, forced, rings, rests] = coverageOf(door);
  const slot = (name: string, readings: number, refusals: number): object => ({
    path: [name],
    readings,
    refusals,
  });

  it('counts what stopped an action, and tells a guard that never did', () => {
    expect(opens).toEqual({
      taken: 3,
      outcomes: 1,
      slots: [
        { ...slot('door', 6, 3), refusing: ['"open"'], passing: ['"shut"'], matters: true },
        { ...slot('lock', 3, 0), refusing: [], passing: ['false'], matters: false },
      ],
      farthest: { path: ['door'], values: ['"open"'] },
    });
  });

  it('knows what is read to no effect, whatever it holds', () => {
    expect(closes?.slots).toEqual([
      { ...slot('door', 6, 3), refusing: ['"shut"'], passing: ['"open"'], matters: true },
      { ...slot('bell', 6, 0), refusing: [], passing: ['0', '1', '2'], matters: false },
    ]);
  });

  it('says how far an action got that was never taken', () => {
    expect(forced).toMatchObject({ taken: 0, outcomes: 0, farthest: { path: ['lock'], values: ['false'] } });
    expect(forced?.slots[1]).toMatchObject({ ...slot('lock', 3, 3), passing: [] });
  });

  it('tells a guard from what only decides what is done', () => {
    expect(rings).toMatchObject({ taken: 2, outcomes: 2 });
    expect(rings?.slots).toEqual([
      { ...slot('door', 2, 0), refusing: [], passing: ['"open"', '"shut"'], matters: true },
      { ...slot('bell', 6, 4), refusing: ['1', '2'], passing: ['0'], matters: true },
    ]);
    expect(rests).toEqual({ taken: 6, outcomes: 1, slots: [], farthest: null });
  });

  it('counts on early-exits what running each action on each state counts', () => {
    const early = revisions.find(({ slug }) => slug === 'early-exits') ?? expect.fail();
    const model = modelOf(early, isDeep ? bound(1, 1, 'delete') : bound(1, 0, 'delete'));
    const found = coverageOf(model);
    const states = [...explore(model, { engine: 'plain' }).states()];
    for (const [i, action] of model.actions.entries()) {
      const guards = found[i]?.slots.filter(({ refusals }) => refusals > 0) ?? [];
      const stops = guards.map(({ path, refusals, refusing }) => [
        path.join('.'),
        { times: refusals, values: refusing },
      ]);
      expect(Object.fromEntries(stops)).toEqual(stopsOf(model, states, action));
    }
  });

  it('is of the states that were expanded, and of full searches from the beginning alone', () => {
    const { report, coverage } = explore(door, { limits: { depthMax: 1 } });
    expect([report.states, coverage?.().actions.map(({ taken }) => taken)]).toEqual([3, report.taken]);
    expect(explore(door, { engine: 'plain' }).coverage).toBeNull();
    expect(explore(door, { reduction: 'symmetry' }).coverage).toBeNull();
  });
});
