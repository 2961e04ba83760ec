/** What the checker has learnt of a revision, as pictures: which step touches which table, and the states of a process. */
import { footprintsOf } from '../checker/graph/footprints.ts';
import { StateGraph } from '../checker/index.ts';
import { type Change, machineSvg } from '../render/machine-svg.ts';
import { escaped } from '../render/sequence-svg.ts';
import { type AnyAction, type Bound, methodOf, modelOf, type Revision } from '../spec/index.ts';
import { diagram, wide } from './wide.ts';

const states = ['none', 'created', 'running', 'stopped', 'deleted'];

/** A table of steps and the tables and locks that they read (r) and write (w). */
export function touchedTable(revision: Revision, bound: Bound): string {
  const model = modelOf(revision, bound);
  const footprints = footprintsOf(model, tableOf);
  const rows = new Map<string, { reads: Set<string>; writes: Set<string> }>();
  for (const [i, action] of model.actions.entries()) {
    if (!action.type.startsWith('Shim')) continue;
    const { reads, writes } = footprints[i] ?? { reads: new Set<string>(), writes: new Set<string>() };
    const row = rows.get(nameOf(action)) ?? { reads: new Set(), writes: new Set() };
    for (const table of reads) row.reads.add(table);
    for (const table of writes) row.writes.add(table);
    if (reads.size > 0) rows.set(nameOf(action), row);
  }
  const tables = [...new Set([...rows.values()].flatMap(({ reads, writes }) => [...reads, ...writes]))];
  const heads = tables.map((table) => `<th scope="col">${escaped(table)}</th>`);
  const lines = [...rows].map(([name, { reads, writes }]) => {
    const cells = tables.map(
      (table) => `<td>${reads.has(table) ? 'r' : ''}${writes.has(table) ? 'w' : ''}</td>`,
    );
    return `<tr><th scope="row">${escaped(name)}</th>${cells.join('')}</tr>`;
  });
  return wide(
    'What each step touches',
    `<table><thead><tr><th scope="col">step</th>${heads.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table>`,
  );
}

/** The part of the service that an end of the state belongs to; of a process its lock stands apart. */
function tableOf(path: readonly string[]): string {
  const [table = '', , field] = path;
  return table === 'processes' && (field === 'mu' || field === 'waitBlock') ? `p.${field}` : table;
}

function nameOf({ type, call }: AnyAction): string {
  return call === undefined ? type : `${methodOf(call)}: ${type}`;
}

/** The states of an init or exec, and the steps that change them. */
export function processMachine(revision: Revision, bound: Bound, process: string): string {
  const graph = new StateGraph(modelOf(revision, bound));
  const stateOf = graph.reader(['processes', process, 'state']) as (number: number) => string;
  const changes = new Map<string, { from: string; to: string; by: Set<string> }>();
  for (let number = 0; number < graph.size; number++) {
    for (const { action, to } of graph.edges(number)) {
      const [before, after] = [stateOf(number), stateOf(to)];
      if (before === after) continue;
      const key = `${before} ${after}`;
      const change = changes.get(key) ?? { from: before, to: after, by: new Set<string>() };
      change.by.add(nameOf(graph.model.actions[action] as AnyAction));
      changes.set(key, change);
    }
  }
  const list = [...changes.values()].map(({ from, to, by }): Change => ({ from, to, by: [...by] }));
  const title = `The states of ${process.includes('/') ? 'an exec' : 'an init'} in ${revision.slug}`;
  return diagram(title, machineSvg(title, states, list));
}
