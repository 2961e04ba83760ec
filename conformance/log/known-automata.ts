/**
 * The automata of all revisions. To compute them takes a minute, so they are kept as data: `npm run automata` writes
 * the file, and a test compares it with the models.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LogSetting, LogTable } from './automaton.ts';

/** Which logs a revision can write in a setting. */
export interface KnownAutomaton {
  readonly revision: string;
  readonly setting: LogSetting;
  readonly table: LogTable;
}

/** The file: equal tables stand there once. */
interface AutomataFile {
  readonly tables: readonly LogTable[];
  readonly of: readonly (LogSetting & { readonly revision: string; readonly table: number })[];
}

const file = fileURLToPath(new URL('./known-automata.json', import.meta.url));

export const logSettings: readonly LogSetting[] = [false, true].flatMap((execOnCreated) =>
  [false, true].map((sharedPidNamespace) => ({ sharedPidNamespace, execOnCreated })),
);

export function readKnownAutomata(): KnownAutomaton[] {
  const { tables, of } = JSON.parse(readFileSync(file, 'utf8')) as AutomataFile;
  return of.map(({ revision, table, ...setting }) => {
    const known = tables[table];
    if (!known) throw new RangeError(`${file} has no table ${table}: run npm run automata`);
    return { revision, setting, table: known };
  });
}

/** The text of the file, a row a line. */
export function knownAutomataText(automata: readonly KnownAutomaton[]): string {
  const texts = [...new Set(automata.map(({ table }) => tableText(table)))];
  const of = automata.map(({ revision, setting, table }) =>
    JSON.stringify({ revision, ...setting, table: texts.indexOf(tableText(table)) }),
  );
  return `{"tables": [\n${texts.join(',\n')}\n],\n"of": [\n${of.join(',\n')}\n]}\n`;
}

function tableText({ anywhere, next }: LogTable): string {
  return `{"anywhere": ${anywhere}, "next": [\n${next.map((row) => JSON.stringify(row)).join(',\n')}\n]}`;
}
