import type { Colors } from 'picocolors/types.js';
import type { Report, Result } from '../checker/index.ts';
import type { Bound, Revision } from '../spec/index.ts';
import { boundFlags, boundText } from './bound.ts';

import { count, depthText, isUnjudged, stopText } from './table.ts';

interface MatrixColumn {
  readonly revision: Revision;
  readonly report: Report;
  /** Whether its counterexamples are shortest ones. */
  readonly isShortest: boolean;
}

/** Revisions beside each other: ✓ for a rule that holds, the length of a counterexample where not. */
export function matrixText(bound: Bound, columns: readonly MatrixColumn[], c: Colors): string {
  const names = [
    ...new Set(columns.flatMap(({ report }) => report.results.filter(isRule).map(propertyName))),
  ];
  const width = Math.max(...names.map((name) => name.length), 'distinct states'.length);
  const widths = columns.map(({ revision, report }) =>
    Math.max(revision.slug.length, statesText(report).length),
  );
  const line = (head: string, cells: readonly string[]): string =>
    `  ${head.padEnd(width)}  ${cells.join('  ')}`.trimEnd();
  const pad = (cell: string, i: number): string => cell.padStart(widths[i] ?? 0);
  return [
    `bound: ${boundText(bound)}`,
    '',
    c.dim(
      line(
        'property',
        columns.map(({ revision }, i) => pad(revision.slug, i)),
      ),
    ),
    ...names.map((name) =>
      line(
        name,
        columns.map(({ report }, i) => cellText(report, name, (text) => pad(text, i), c)),
      ),
    ),
    line(
      'distinct states',
      columns.map(({ report }, i) => c.dim(pad(statesText(report), i))),
    ),
    '',
    `✓ holds; a number: violated, the steps of ${numberText(columns)}; ? unknown; – not a rule of this revision`,
    ...columns
      .filter(({ report }) => report.stoppedBy)
      .map(
        ({ revision, report }) =>
          `${revision.slug}: incomplete, ${stopText(report)}${isUnjudged(report) ? '; nothing was judged' : `${depthText(report)}, ${count(report.transitions)} transitions`}`,
      ),
    `a cell's counterexample: npx shim-spec check REVISION ${boundFlags(bound)}${searchFlags(columns)} --show 'PROPERTY'`,
  ].join('\n');
}

function numberText(columns: readonly MatrixColumn[]): string {
  return columns.every(({ isShortest }) => isShortest)
    ? 'the shortest counterexample'
    : 'a counterexample, of which a shorter one may exist (--shortest finds it)';
}

/** The flags that say how all columns were searched. */
function searchFlags([column]: readonly MatrixColumn[]): string {
  if (!column) return '';
  const { engine, reduction } = column.report;
  return [
    engine === 'fast' ? '' : ` --engine ${engine}`,
    reduction === null ? '' : ` --reduce ${reduction}`,
    engine === 'symbolic' && column.isShortest ? ' --shortest' : '',
  ].join('');
}

/** The symbolic engine knows its states when it has all of them. */
function statesText(report: Report): string {
  return isUnjudged(report) ? '?' : count(report.states);
}

function isRule(result: Result): boolean {
  return result.property.kind !== 'sometimes';
}

function propertyName(result: Result): string {
  return result.property.name;
}

function cellText(report: Report, name: string, pad: (text: string) => string, c: Colors): string {
  const result = report.results.find((candidate) => propertyName(candidate) === name);
  if (!result) return c.dim(pad('–'));
  if (result.verdict === 'violated') return c.red(pad(String(result.depth)));
  return result.verdict === 'holds' ? c.green(pad('✓')) : c.yellow(pad('?'));
}
