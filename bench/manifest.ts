/** The manifest: what a search of a revision within a bound is to find, a row a line. Tests compare it with the engines. */
import { readFileSync } from 'node:fs';
import { explore, type Report } from '../checker/index.ts';
import { roadOptions } from '../render/bound.ts';
import { type Bound, modelOf, noOptions, type Options, type RoadOptions, revisions } from '../spec/index.ts';

/** What a search has found, to the last state. */
export interface Figures {
  readonly states: number;
  readonly transitions: number;
  readonly depth: number;
  readonly quiescent: number;
  /** Every violated property with the length of its shortest counterexample; all others hold. */
  readonly violated: Readonly<Record<string, number>>;
}

/** What is searched. A new row has this much, and gets its figures by `npm run manifest`. */
export interface Searched {
  readonly revision: string;
  readonly containers: number;
  readonly execs: number;
  /** The options that are on. */
  readonly with: readonly (keyof Options | keyof RoadOptions)[];
  /** Whether the plain engine explores it, too: it takes about a second for 2,000 states. */
  readonly plain: boolean;
}

/** A row of the manifest. */
export type ManifestRow = Searched & Figures;

/** The rows as they stand in the file. */
export function rowsIn(file: string | URL): ManifestRow[] {
  return JSON.parse(readFileSync(file, 'utf8')) as ManifestRow[];
}

/** The file with these rows. */
export function manifestText(rows: readonly ManifestRow[]): string {
  return `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`;
}

/** The model that a row is about. @throws Error where there is no such revision or option */
export function modelOfRow({
  revision: slug,
  containers,
  execs,
  with: on,
}: Searched): ReturnType<typeof modelOf> {
  const revision = revisions.find((each) => each.slug === slug);
  if (!revision)
    throw new Error(`no revision ${slug} (allowed ${revisions.map((each) => each.slug).join(', ')})`);
  const known = [...Object.keys(noOptions), ...roadOptions.map(([, option]) => option)];
  const unknown = on.filter((option) => !known.includes(option));
  if (unknown.length > 0) throw new Error(`no option ${unknown} (allowed ${known.join(', ')})`);
  const options = Object.fromEntries(on.map((option) => [option, true]));
  const bound: Bound = { ...noOptions, ...options, containers, execs };
  return modelOf(revision, bound);
}

/** The figures of a search. @throws Error where it did not come to its end, or does not know its depth */
export function figuresOf({ stoppedBy, states, transitions, depth, quiescent, results }: Report): Figures {
  if (stoppedBy !== null || depth === null)
    throw new Error(
      `the search did not end (stopped by ${stoppedBy}, depth ${depth}): give the row a smaller bound`,
    );
  const violated = results.flatMap(({ verdict, property, depth: steps }) =>
    verdict === 'violated' && steps !== null ? [[property.name, steps] as const] : [],
  );
  return { states, transitions, depth, quiescent, violated: Object.fromEntries(violated) };
}

/** A row with the figures that the fast engine finds now. */
export function measured({ revision, containers, execs, with: on, plain }: Searched): ManifestRow {
  const searched = { revision, containers, execs, with: on, plain };
  return { ...searched, ...figuresOf(explore(modelOfRow(searched)).report) };
}
