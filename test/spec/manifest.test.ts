import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../checker/canonical.ts';
import { type Exploration, exploreFast, explorePlain } from '../../checker/index.ts';
import { type AnyAction, modelOf, revisions, type Service } from '../../spec/index.ts';
import { type Expected, manifest } from '../checker/manifest.ts';

const modelFor = (row: Expected): ReturnType<typeof modelOf> => {
  const revision = revisions.find(({ slug }) => slug === row.revision);
  if (!revision) throw new Error(`the manifest names ${row.revision}, which is no revision`);
  return modelOf(revision, row.bound);
};

function expectAs(row: Expected, { report }: Exploration<Service>): void {
  const { states, transitions, depth, quiescent } = report;
  const violated = report.results.filter((result) => result.verdict === 'violated');
  expect({
    stoppedBy: report.stoppedBy,
    states,
    transitions,
    depth,
    quiescent,
    violated: Object.fromEntries(violated.map((result) => [result.property.name, result.depth])),
  }).toEqual({
    stoppedBy: null,
    states: row.states,
    transitions: row.transitions,
    depth: row.depth,
    quiescent: row.quiescent,
    violated: row.violated,
  });
}

function nameOf({ revision, bound }: Expected): string {
  const { containers, execs, ...options } = bound;
  const on = Object.entries(options).flatMap(([name, isOn]) => (isOn ? [name] : []));
  return `${revision}, ${containers} × ${execs}${on.length > 0 ? ` with ${on.join(', ')}` : ''}`;
}

describe('the manifest', () => {
  for (const row of manifest) {
    it(`fast engine: ${nameOf(row)}`, () => {
      expectAs(row, exploreFast(modelFor(row)));
    });
    if (!row.plain) continue;
    it(`plain engine, with the same set of states: ${nameOf(row)}`, () => {
      const model = modelFor(row);
      const plain = explorePlain(model);
      expectAs(row, plain);
      const keys = (exploration: Exploration<Service>): Set<string> =>
        new Set([...exploration.states()].map(canonicalJson));
      expect(keys(exploreFast(model))).toEqual(keys(plain));
    });
  }

  it('reaches every situation that makes the rules worth checking', () => {
    const unreached = manifest.flatMap((row) => {
      const { report } = exploreFast(modelFor(row), { limits: { statesMax: 100_000 } });
      return report.results.filter((r) => r.property.kind === 'sometimes' && r.verdict !== 'holds');
    });
    expect(unreached.map((result) => result.property.name)).toEqual([]);
  });

  it('takes every action of the spec in some row', () => {
    const seen = new Set<string>();
    const known = new Set<string>();
    for (const row of manifest.filter(({ states }) => states < 100_000)) {
      const { actions } = modelFor(row) as { actions: readonly AnyAction[] };
      const { taken } = exploreFast(modelFor(row)).report;
      for (const [i, action] of actions.entries()) {
        known.add(action.type);
        if ((taken[i] ?? 0) > 0) seen.add(action.type);
      }
    }
    expect(seen).toEqual(known);
  });
});
