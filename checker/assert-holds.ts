import { traceText, verdictWord } from './trace-text.ts';
import type { Report } from './verdict.ts';

/**
 * For a test: returns where the search was complete, every property holds, and every witness was reached.
 *
 * @throws Error otherwise, whose message has the reasons, the verdicts, and the shortest counterexample
 * @example
 * ```ts
 * import { always, assertHolds, explore, type Model } from 'shim-spec/checker';
 *
 * const count: Model<{ n: number }, 'add'> = {
 *   name: 'count',
 *   initial: { n: 0 },
 *   actions: ['add'],
 *   step: (s) => {
 *     if (s.n === 3) return false;
 *     s.n++;
 *     return true;
 *   },
 *   properties: [always('n is small', (s) => s.n <= 3), always('n is tiny', (s) => s.n < 2)],
 * };
 * assertHolds(explore({ ...count, properties: count.properties.slice(0, 1) }).report);
 * try {
 *   assertHolds(explore(count).report);
 * } catch (error) {
 *   console.log((error as Error).message);
 *   // model count does not hold: 1 of 2 properties violated
 *   //   n is small  holds
 *   //   n is tiny   is violated
 *   // 'n is tiny' is violated by 2 steps:
 *   //   1  add  n: 0 → 1
 *   //   2  add  n: 1 → 2
 * }
 * ```
 */
export function assertHolds<S extends object, A>(report: Report<S, A>): void {
  const reasons = reasonsOf(report);
  if (reasons.length === 0) return;
  const width = Math.max(...report.results.map(({ property }) => property.name.length));
  const verdicts = report.results.map(
    (result) => `  ${result.property.name.padEnd(width)}  ${verdictWord(result)}`,
  );
  const shortest = report.results
    .filter(({ verdict, trace }) => verdict === 'violated' && trace !== null)
    .toSorted((a, b) => a.depth - b.depth)
    .at(0);
  const trace = shortest ? [traceText(report, shortest.property.name)] : [];
  throw new Error(
    [`model ${report.model.name} does not hold: ${reasons.join('; ')}`, ...verdicts, ...trace].join('\n'),
  );
}

/** Why a report does not say that the model holds. */
function reasonsOf({ results, stoppedBy, limits, engine }: Report): string[] {
  const isWitness = ({ property }: (typeof results)[number]): boolean => property.kind === 'sometimes';
  const rules = results.filter((result) => !isWitness(result));
  const witnesses = results.filter(isWitness);
  const violated = rules.filter(({ verdict }) => verdict === 'violated').length;
  const unreached = witnesses.filter(({ verdict }) => verdict === 'violated').length;
  const isUnjudged = stoppedBy === null && results.some(({ verdict }) => verdict === 'unknown');
  return [
    ...(results.length === 0 ? ['it has no properties'] : []),
    ...(violated > 0 ? [`${violated} of ${rules.length} properties violated`] : []),
    ...(unreached > 0 ? [`${unreached} of ${witnesses.length} witnesses never reached`] : []),
    ...(stoppedBy ? [`the search was cut short (${stoppedBy}, limits ${JSON.stringify(limits)})`] : []),
    ...(isUnjudged ? [`the ${engine} engine does not judge every property`] : []),
  ];
}
