import { canonicalJson, isRecord } from './canonical.ts';
import { ModelError } from './misuse.ts';
import type { Model } from './model.ts';
import { replay } from './replay.ts';
import type { Report, Result } from './verdict.ts';
import { wholeModel } from './whole-model.ts';

/**
 * What was found of one property, and its trace with what each step changes. The example stands at {@link explore}.
 *
 * @param name the property's
 * @throws ModelError where the model has no such property
 */
export function traceText<S extends object, A>(report: Report<S, A>, name: string): string {
  const result = report.results.find(({ property }) => property.name === name);
  if (!result) {
    const names = report.results.map(({ property }) => `'${property.name}'`).join(', ') || 'none';
    throw new ModelError(`no property has that name (got '${name}', allowed ${names}): ask for one of these`);
  }
  const { trace, subject } = result;
  const found = `'${name}' ${verdictWord(result)}`;
  if (trace === null) return `${found}: ${report.states} states`;
  const about = subject ? `, for ${subject}` : '';
  if (trace.length === 0) return `${found} in the initial state${about}`;
  const steps = trace.length === 1 ? '1 step' : `${trace.length} steps`;
  return `${found} by ${steps}${about}:\n${stepsText(report.model, trace)}`;
}

/** The verdict in words: of a witness, whether it was reached. */
export function verdictWord({ property, verdict }: Pick<Result, 'property' | 'verdict'>): string {
  if (property.kind !== 'sometimes') return verdict === 'violated' ? 'is violated' : verdictWords[verdict];
  return { holds: 'is reached', violated: 'is never reached', unknown: 'is not reached so far' }[verdict];
}

const verdictWords = { holds: 'holds', unknown: 'is unknown' };

/**
 * The steps of a trace, a line each, with what they change.
 *
 * @param trace actions from the initial state on, such as those of {@link Met}, {@link Way} or {@link Lasso}
 * @throws ReplayError for a step that is not enabled
 * @example
 * ```ts
 * import { stepsText } from 'shim-spec/checker';
 *
 * const toggle = {
 *   initial: { lamp: { isOn: false } },
 *   actions: ['press'],
 *   step: (s: { lamp: { isOn: boolean } }) => {
 *     s.lamp.isOn = !s.lamp.isOn;
 *     return true;
 *   },
 *   properties: [],
 * };
 * console.log(stepsText(toggle, ['press', 'press']));
 * //   1  press  lamp.isOn: false → true
 * //   2  press  lamp.isOn: true → false
 * ```
 */
export function stepsText<S extends object, A>(model: Model<S, A>, trace: readonly A[]): string {
  const { label } = wholeModel(model);
  const rows = replay(model, trace).map(({ action, before, after }) => ({
    label: label(action),
    changes: changesOf(before, after).join(', ') || 'nothing changes',
  }));
  const width = Math.max(...rows.map((row) => row.label.length));
  const digits = Math.max(3, String(rows.length).length + 2);
  return rows
    .map((row, i) => `${String(i + 1).padStart(digits)}  ${row.label.padEnd(width)}  ${row.changes}`)
    .join('\n');
}

/** Each end of the state's tree that is another one after the step. */
function changesOf(before: unknown, after: unknown, path: readonly string[] = []): string[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => changesOf(before[key], after[key], [...path, key]));
  }
  const [was, is] = [before, after].map((value) => (value === undefined ? 'absent' : canonicalJson(value)));
  return was === is ? [] : [`${path.join('.')}: ${was} → ${is}`];
}
