import type { Colors } from 'picocolors/types.js';
import { count } from '../table.ts';
import {
  type CauseReport,
  type CausesReport,
  cutOffIn,
  type HalfReport,
  isWhole,
  type RuleReport,
  setText,
  without,
} from './report.ts';

/** The causes of every rule, for a terminal. */
export function causesText(report: CausesReport, c: Colors): string {
  const [first, second] = report.halves;
  return [
    headText(report, c),
    ...(first ? [halfText(report, first, c)] : []),
    ...(first && second ? [secondText(report, first, second, c)] : []),
    endText(report, c),
  ].join('\n\n');
}

function headText({ revision, containers, execs, options, sets }: CausesReport, c: Colors): string {
  const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  return [
    `${c.bold(revision)}: what it takes to break each rule`,
    `bound: ${many(containers, 'container')} × ${many(execs, 'exec')}, with any set of ${options.join(', ') || 'no option'}: ${many(sets, 'set').replace(String(sets), count(sets))}`,
  ].join('\n');
}

function halfText(report: CausesReport, { rules }: HalfReport, c: Colors): string {
  return rules.map((rule) => ruleText(report, rule, c)).join('\n');
}

function secondText(report: CausesReport, first: HalfReport, second: HalfReport, c: Colors): string {
  const before = new Map(first.rules.map((rule) => [rule.rule, rule]));
  const differing = second.rules.filter((rule) => !isSame(before.get(rule.rule), rule));
  const head = `${c.bold('In a shared pid namespace')} (with ${second.fixed.join()}), `;
  if (differing.length === 0) return `${head}every rule has the same answer.`;
  const same = second.rules.length - differing.length;
  return [
    `${head}${differing.length} of ${second.rules.length} rules have another answer${same === 0 ? '' : ', the rest has the same'}:`,
    ...differing.map((rule) => ruleText(report, rule, c)),
  ].join('\n');
}

/** Whether two rules are broken by the same sets, and hold under the same. */
function isSame(a: RuleReport | undefined, b: RuleReport): boolean {
  const key = ({ causes, holds }: RuleReport): string =>
    JSON.stringify([causes.map((cause) => [cause.with, cause.isMinimal]), holds]);
  return a !== undefined && key(a) === key(b);
}

function ruleText(report: CausesReport, rule: RuleReport, c: Colors): string {
  const { causes, sets } = rule;
  const needs = rule.needs.map(setText).filter((text) => text !== 'no option');
  const sign = causes.length > 0 ? c.red('✗') : sets.unknown > 0 ? c.yellow('?') : c.green('✓');
  const asked = needs.length > 0 ? c.dim(` (a rule with ${needs.join(' or with ')} only)`) : '';
  const lines = [
    ...causes.map((cause) => causeText(cause, c)),
    ...holdingTexts(report, rule, c),
    ...(sets.unknown === 0 ? [] : [unknownText(rule, c)]),
  ];
  return [`  ${sign} ${rule.rule}${asked}`, ...lines.map((line) => `      ${line}`)].join('\n');
}

function causeText({ with: set, steps, isMinimal }: CauseReport, c: Colors): string {
  const doubt = isMinimal ? '' : c.yellow('; a smaller set may do');
  return `breaks with ${c.red(setText(set))}, in ${steps} ${steps === 1 ? 'step' : 'steps'}${doubt}`;
}

/** The largest sets under which it is a rule and holds; none where that is every set. */
function holdingTexts(report: CausesReport, { holds, needs, sets }: RuleReport, c: Colors): string[] {
  // Where sets are too large to search, those below them are many, and the same for most rules.
  if (sets.violated === 0 || sets.unknown > 0) return [];
  return holds
    .filter((set) => needs.some((need) => need.every((name) => set.includes(name))))
    .map((set) => `holds with ${c.green(largeSetText(report, set))}`);
}

function unknownText({ unknown, sets }: RuleReport, c: Colors): string {
  const all = sets.violated + sets.holds + sets.absent + sets.unknown;
  const such = unknown.length === 0 ? '' : `, such as ${setText(unknown[0] ?? [])}`;
  return `holds for ${count(sets.holds)} of ${count(all)} sets, ${c.yellow(`unknown for ${count(sets.unknown)}`)}${such}`;
}

/** A large set by what it lacks, a small one by what it has. */
function largeSetText(report: CausesReport, set: readonly string[]): string {
  const left = without(report, set);
  if (left.length === 0) return 'every option';
  return left.length < set.length ? `all but ${setText(left).replaceAll(' + ', ', ')}` : setText(set);
}

function endText(report: CausesReport, c: Colors): string {
  const { searches, sets, statesMax, halves, interrupted } = report;
  const seen = `${count(searches)} of ${count(sets)} sets searched, the rest follows`;
  const limit = statesMax === null ? 'a limit' : `--max-states ${count(statesMax)}`;
  const cutOff = cutOffIn(report);
  const why = interrupted
    ? 'stopped by Ctrl-C or SIGTERM'
    : `${count(cutOff)} ${cutOff === 1 ? 'search was' : 'searches were'} stopped by ${limit}`;
  const [example] = halves.flatMap(({ rules }) => rules.flatMap(({ causes }) => causes));
  return [
    isWhole(report)
      ? `${c.green('complete')}: ${seen}`
      : `${c.yellow('incomplete')}: ${why}; ${count(searches)} of ${count(sets)} sets searched`,
    ...(example ? [`a counterexample: ${example.command}`] : []),
  ].join('\n');
}
