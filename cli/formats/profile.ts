import { createHash } from 'node:crypto';
import type { Colors } from 'picocolors/types.js';
import type { Exploration } from '../../checker/index.ts';
import { count } from '../../render/table.ts';

/** States that the profile of the tables counts: writing one out takes time. */
const profiledStatesMax = 50_000;
const actionsShown = 15;

/** A table of the state, as the first key of its tree. */
interface TableProfile {
  readonly table: string;
  /** Its own distinct values. */
  readonly values: number;
  /** Distinct states without this table. */
  readonly without: number;
}

/** Where the states and steps of a search come from: each action, and each table of the state. */
export function profileText<S extends object, A>(exploration: Exploration<S, A>, c: Colors): string {
  const { report } = exploration;
  const { model } = report;
  const { tables, looked } = profiled(exploration.states());
  const taken = model.actions
    .map((action, i) => ({ label: model.label(action), times: report.taken[i] ?? 0 }))
    .toSorted((a, b) => b.times - a.times);
  const never = taken.filter(({ times }) => times === 0);
  const isWhole = report.stoppedBy === null && report.reduction === null;
  const width = Math.max(...tables.map(({ table }) => table.length));
  const number = (n: number): string => count(n).padStart(13);
  const sample = looked < report.states ? `, of the first ${count(looked)} states` : '';
  return [
    c.bold('profile'),
    '',
    c.dim(
      `  actions, by how often they were taken (${model.actions.length - never.length} of ${taken.length} were)`,
    ),
    ...taken
      .filter(({ times }) => times > 0)
      .slice(0, actionsShown)
      .map(({ label, times }) => `${number(times)}  ${label}`),
    ...(never.length > 0
      ? [
          c.dim(
            `  ${isWhole ? 'never enabled' : 'never taken, by a search that was not complete'}: ${never.map(({ label }) => label).join(', ')}`,
          ),
        ]
      : []),
    '',
    c.dim(
      `  tables of the state${sample}: distinct values, and how many states there would be without the table`,
    ),
    ...tables.map(
      ({ table, values, without }) =>
        `  ${table.padEnd(width)}${number(values)}${number(without)}  ÷ ${(looked / without).toFixed(2)}`,
    ),
  ].join('\n');
}

function profiled(states: Iterable<object>): { tables: TableProfile[]; looked: number } {
  const values = new Map<string, Set<string>>();
  const without = new Map<string, Set<string>>();
  let looked = 0;
  for (const state of states) {
    if (looked === profiledStatesMax) break;
    looked++;
    const parts = Object.entries(state).map(([table, value]) => [table, JSON.stringify(value)] as const);
    for (const [table, text] of parts) {
      noteValue(values, table, text);
      noteValue(without, table, parts.map(([other, its]) => (other === table ? '' : its)).join('\0'));
    }
  }
  const tables = [...values].map(([table, own]) => ({
    table,
    values: own.size,
    without: without.get(table)?.size ?? 0,
  }));
  return { tables: tables.toSorted((a, b) => a.without - b.without), looked };
}

/** Keeps a value's hash: whole values would take gigabytes. */
function noteValue(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key) ?? new Set<string>();
  sets.set(key, set.add(createHash('sha1').update(value).digest('base64')));
}
