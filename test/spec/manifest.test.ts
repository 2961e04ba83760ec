import { describe, expect, it } from 'vitest';
import { figuresOf, type ManifestRow, modelOfRow } from '../../bench/manifest.ts';
import { canonicalJson } from '../../checker/canonical.ts';
import { type Exploration, explore, type Report } from '../../checker/index.ts';
import type { Service } from '../../spec/index.ts';
import { isDeep } from '../depth.ts';
import { reportOf, rows } from './rows.ts';

/** The plain engine takes about a second for 2,000 states. */
const plainMax = isDeep ? Infinity : 400;

function expectAs(row: ManifestRow, report: Report): void {
  const { states, transitions, depth, quiescent, violated } = row;
  expect(figuresOf(report)).toEqual({ states, transitions, depth, quiescent, violated });
}

function nameOf({ revision, containers, execs, with: on }: ManifestRow): string {
  return `${revision}, ${containers} × ${execs}${on.length > 0 ? ` with ${on.join(', ')}` : ''}`;
}

describe('the manifest', () => {
  for (const row of rows) {
    it(`fast engine: ${nameOf(row)}`, () => {
      expectAs(row, reportOf(row));
    });
    if (!row.plain || row.states > plainMax) continue;
    it(`plain engine, with the same set of states: ${nameOf(row)}`, () => {
      const model = modelOfRow(row);
      const plain = explore(model, { engine: 'plain' });
      expectAs(row, plain.report);
      const keys = (exploration: Exploration<Service>): Set<string> =>
        new Set([...exploration.states()].map(canonicalJson));
      expect(keys(explore(model))).toEqual(keys(plain));
    });
  }

  it('has one row for each revision and bound', () => {
    const names = rows.map(nameOf);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('reaches every situation that makes the rules worth checking', () => {
    const unreached = rows
      .flatMap((row) => reportOf(row).results)
      .filter(({ property, verdict }) => property.kind === 'sometimes' && verdict !== 'holds');
    expect(unreached.map(({ property }) => property.name)).toEqual([]);
  });
});
