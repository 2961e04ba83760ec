import { describe, expect, it } from 'vitest';
import { figuresOf, type ManifestRow, modelOfRow, rowsIn } from '../../bench/manifest.ts';
import { canonicalJson } from '../../checker/canonical.ts';
import { type Exploration, explore } from '../../checker/index.ts';
import type { AnyAction, Service } from '../../spec/index.ts';

const manifest = rowsIn(new URL('../checker/manifest.json', import.meta.url));

function expectAs(row: ManifestRow, { report }: Exploration<Service>): void {
  const { states, transitions, depth, quiescent, violated } = row;
  expect(figuresOf(report)).toEqual({ states, transitions, depth, quiescent, violated });
}

function nameOf({ revision, containers, execs, with: on }: ManifestRow): string {
  return `${revision}, ${containers} × ${execs}${on.length > 0 ? ` with ${on.join(', ')}` : ''}`;
}

describe('the manifest', () => {
  for (const row of manifest) {
    it(`fast engine: ${nameOf(row)}`, () => {
      expectAs(row, explore(modelOfRow(row)));
    });
    if (!row.plain) continue;
    it(`plain engine, with the same set of states: ${nameOf(row)}`, () => {
      const model = modelOfRow(row);
      const plain = explore(model, { engine: 'plain' });
      expectAs(row, plain);
      const keys = (exploration: Exploration<Service>): Set<string> =>
        new Set([...exploration.states()].map(canonicalJson));
      expect(keys(explore(model))).toEqual(keys(plain));
    });
  }

  it('has one row for each revision and bound', () => {
    const names = manifest.map(nameOf);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('reaches every situation that makes the rules worth checking', () => {
    const unreached = manifest.flatMap((row) => {
      const { report } = explore(modelOfRow(row), { limits: { statesMax: 100_000 } });
      return report.results.filter((r) => r.property.kind === 'sometimes' && r.verdict !== 'holds');
    });
    expect(unreached.map((result) => result.property.name)).toEqual([]);
  });

  it('takes every action of the spec in some row', () => {
    const seen = new Set<string>();
    const known = new Set<string>();
    for (const row of manifest.filter(({ states }) => states < 100_000)) {
      const { actions } = modelOfRow(row) as { actions: readonly AnyAction[] };
      const { taken } = explore(modelOfRow(row)).report;
      for (const [i, action] of actions.entries()) {
        known.add(action.type);
        if ((taken[i] ?? 0) > 0) seen.add(action.type);
      }
    }
    expect(seen).toEqual(known);
  });
});
