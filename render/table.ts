import type { Colors } from 'picocolors/types.js';
import type { Report, Result } from '../checker/index.ts';
import type { Bound, Revision } from '../spec/index.ts';
import { boundText } from './bound.ts';

/** The bound and the verdict of every property, for a terminal. */
export function tableText(revision: Revision, bound: Bound, report: Report, c: Colors): string {
  const names = report.results.map((result) => result.property.name.length);
  const width = Math.max(...names, 0);
  const subjects = Math.max(...report.results.map((result) => result.subject?.length ?? 0), 'subject'.length);
  const head = `    ${'property'.padEnd(width)}  verdict   ${'subject'.padEnd(subjects)}  ${'depth'.padStart(5)}  ${'states'.padStart(11)}`;
  return [
    `${c.bold(revision.slug)}: ${revision.title}`,
    `bound: ${boundText(bound)}`,
    '',
    c.dim(head),
    ...report.results.map((result) => propertyRow(result, width, subjects, c)),
    '',
    summaryLine(report, c),
  ].join('\n');
}

function propertyRow(result: Result, width: number, subjects: number, c: Colors): string {
  const { property, verdict } = result;
  const witness = property.kind === 'sometimes';
  const [sign, word, paint] =
    verdict === 'holds'
      ? ['✓', witness ? 'reached' : 'holds', c.green]
      : verdict === 'violated'
        ? ['✗', witness ? 'unreached' : 'violated', c.red]
        : ['?', 'unknown', c.yellow];
  const where =
    result.trace === null
      ? ''
      : `${(result.subject ?? '').padEnd(subjects)}  ${String(result.depth).padStart(5)}  ${count(result.states).padStart(11)}`;
  return `  ${paint(sign)} ${property.name.padEnd(width)}  ${paint(word.padEnd(9))} ${where}`.trimEnd();
}

function summaryLine(report: Report, c: Colors): string {
  if (isUnjudged(report))
    return `${c.yellow('incomplete')}: ${stopText(report)}; nothing was judged; symbolic engine`;
  const seen = `${count(report.states)} distinct states${reductionText(report)}${nodesText(report)}, ${count(report.transitions)} transitions${depthText(report)}, ${count(report.quiescent)} ${report.quiescent === 1 ? 'state' : 'states'} at rest`;
  const cost = `${(report.elapsedMs / 1000).toFixed(2)} s${report.bytes > 0 ? `, ${(report.bytes / 2 ** 20).toFixed(0)} MiB` : ''}`;
  if (report.stoppedBy === null) return `${c.green('complete')}: ${seen}; ${cost}, ${report.engine} engine`;
  return `${c.yellow('incomplete')}: ${stopText(report)}; ${seen}; ${cost}, ${report.engine} engine`;
}

/** Whether a search was cut short before it judged anything: the symbolic engine judges all states at once. */
export function isUnjudged({ engine, stoppedBy }: Report): boolean {
  return engine === 'symbolic' && stoppedBy !== null;
}

function nodesText({ nodes }: Report): string {
  return nodes === undefined ? '' : ` in ${count(nodes)} nodes`;
}

/** Empty where the engine does not know the depth. */
export function depthText({ depth }: Report): string {
  return depth === null ? '' : `, depth ${depth}`;
}

/** How many states the stored ones stand for, and by which reduction. */
function reductionText({ reduction, states, represented }: Report): string {
  if (reduction === null) return '';
  const many = represented > states ? ` that stand for ${count(represented)}` : '';
  return `${many} (${reduction})`;
}

/** Why a search did not see everything. */
export function stopText(report: Report): string {
  const { limits } = report;
  switch (report.stoppedBy) {
    case 'depth':
      return `states deeper than --max-depth ${limits.depthMax} were left out`;
    case 'states':
      return `stopped at --max-states ${limits.statesMax}`;
    case 'time':
      return `stopped after --timeout ${(limits.timeoutMs ?? 0) / 1000}`;
    case 'memory':
      return `stopped at --memory ${((limits.memoryMaxBytes ?? 0) / 2 ** 20).toFixed(0)}M; lower --containers or --execs, drop options of --with, or allow more memory`;
    case 'interrupt':
      return 'stopped by Ctrl-C or SIGTERM';
    default:
      return 'stopped at the first violation (--no-continue)';
  }
}

/** `1,759,727`, the same on every machine; with `about` where a number cannot hold it exactly. */
export function count(n: number): string {
  return n <= Number.MAX_SAFE_INTEGER ? n.toLocaleString('en-US') : `about ${n.toPrecision(3)}`;
}
