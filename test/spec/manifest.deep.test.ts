import { expect, it } from 'vitest';
import { modelOfRow } from '../../bench/manifest.ts';
import type { AnyAction } from '../../spec/index.ts';
import './manifest.test.ts';
import { reportOf, rows } from './rows.ts';

it('takes every action of the spec in some row of the manifest', () => {
  const seen = new Set<string>();
  const known = new Set<string>();
  for (const row of rows) {
    const { actions } = modelOfRow(row) as { actions: readonly AnyAction[] };
    const { taken } = reportOf(row);
    for (const [i, action] of actions.entries()) {
      known.add(action.type);
      if ((taken[i] ?? 0) > 0) seen.add(action.type);
    }
  }
  expect(seen).toEqual(known);
});
