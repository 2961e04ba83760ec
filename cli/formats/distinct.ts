import type { Colors } from 'picocolors/types.js';
import { distinctWays, type Report } from '../../checker/index.ts';
import { tell } from '../../render/story.ts';
import { count } from '../../render/table.ts';
import { type Bound, labelOf, modelOf, type Revision } from '../../spec/index.ts';

const listedStatesMax = 200_000;

/** Counterexamples of each violated property that differ in the subject or in the step that breaks it. */
export function distinctText(
  revision: Revision,
  bound: Bound,
  report: Report,
  max: number,
  c: Colors,
): string {
  if (report.stoppedBy !== null || report.represented > listedStatesMax)
    return `--distinct lists nothing: it needs a complete search of at most ${count(listedStatesMax)} states`;
  const model = modelOf(revision, bound);
  const violated = report.results
    .filter(({ verdict }) => verdict === 'violated')
    .map(({ property }) => property);
  const rules = violated.filter(({ kind }) => kind !== 'sometimes');
  const ways = distinctWays(model, rules, max, listedStatesMax);
  return rules
    .map(({ name }) => {
      const own = ways.filter(({ property }) => property.name === name);
      const lines = own.map(({ subject, trace }) => {
        const { replayCommand } = tell(revision, bound, trace);
        return `  ${subject}, by ${labelOf(trace.at(-1) ?? { type: 'the beginning' })}: ${trace.length} steps\n    ${c.dim(replayCommand)}`;
      });
      return [
        `${c.bold(`'${name}'`)}: ${own.length} ${own.length === 1 ? 'way' : 'ways'}${own.length === max ? ', or more (--distinct)' : ''}`,
        ...lines,
      ].join('\n');
    })
    .join('\n\n');
}
