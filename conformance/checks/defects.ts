import type { Breach } from './breach.ts';
import type { CheckResult } from './check.ts';

/** What several checks saw that is one defect: the same panic, or the same rules broken by the same events. */
export interface Defect {
  /** `the shim lives on: panic: close of closed channel`, or the rules. */
  readonly name: string;
  /** The breaches of the first check that saw it, each rule once. */
  readonly breaches: readonly Breach[];
  /** The checks that saw it, the first one first. */
  readonly checks: readonly CheckResult[];
}

/** Groups the checks that found a breach by what they found. */
export function defectsIn(results: readonly CheckResult[]): Defect[] {
  const found = new Map<string, CheckResult[]>();
  for (const result of results) {
    if (result.breaches.length === 0) continue;
    const key = keyOf(result);
    found.set(key, [...(found.get(key) ?? []), result]);
  }
  return [...found.values()].map((checks) => {
    const breaches = breachesByRule(checks[0] as CheckResult);
    return { name: nameOf(breaches), breaches, checks };
  });
}

/** The breaches of a check, one for each rule. */
export function breachesByRule({ breaches }: CheckResult): Breach[] {
  return [...new Map(breaches.toReversed().map((each) => [each.rule.name, each])).values()].toReversed();
}

function nameOf(breaches: readonly Breach[]): string {
  const panic = breaches.find(({ stack }) => stack.length > 0);
  if (panic) return `${panic.rule.name}: ${panicOf(panic)}`;
  return breaches.map(({ rule }) => rule.name).join('; ');
}

/** A panic is told from another by its message and by the functions that it went through. */
function keyOf(result: CheckResult): string {
  const panic = result.breaches.find(({ stack }) => stack.length > 0);
  if (panic) return [panicOf(panic), ...functionsIn(panic.stack)].join('\n');
  const rules = breachesByRule(result).map(({ rule }) => rule.name);
  return [...rules, ...result.events.map((event) => event.replace(/ pid \d+/, ''))].join('\n');
}

function panicOf({ what }: Breach): string {
  return what.slice(what.search(/panic:|fatal error:/));
}

/** The functions of the goroutine that panicked, without their arguments, which are addresses. */
function functionsIn(stack: readonly string[]): string[] {
  const begin = stack.findIndex((line) => line.startsWith('goroutine '));
  const end = stack.findIndex((line, i) => i > begin && /^(goroutine |created by )/.test(line));
  return stack
    .slice(begin + 1, end < 0 ? undefined : end)
    .filter((line) => !/^\s/.test(line))
    .map((line) => line.replace(/\(.*/, ''));
}
