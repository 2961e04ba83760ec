import { exploreFast } from '../fast/search.ts';
import type { Model } from '../model.ts';
import type { Result } from '../verdict.ts';
import { confirm } from './confirm.ts';

/** What is looked at for one trace: a second or two. */
const statesMax = 200_000;

/**
 * Looks for a shorter way to break the rule that `result` is about: a shortest one, if it is near enough, of those that
 * take no other actions than its trace does, but for what is bound to happen (else more would be at rest).
 *
 * @returns `result` itself where none is found
 */
export function shortened<S extends object, A>(model: Model<S, A>, result: Result<S>): Result<S> {
  const { property, verdict, trace } = result;
  if (verdict !== 'violated' || trace === null) return result;
  const kept = model.actions.flatMap((action, i) => (model.progress(action) || trace.includes(i) ? [i] : []));
  const part = { ...model, actions: kept.map((i) => model.actions[i] as A), properties: [property] };
  const limits = { statesMax, stopAtViolation: true, depthMax: trace.length - 1 };
  const [found] = exploreFast(part, { limits }).report.results;
  if (!found?.trace || found.subject === null) return result;
  const shorter = found.trace.map((i) => kept[i] as number);
  confirm(model, property, found.subject, shorter);
  return { ...result, subject: found.subject, trace: shorter, depth: shorter.length };
}
