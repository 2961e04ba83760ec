import * as fc from 'fast-check';
import type { Exploration, Model } from '../../../checker/index.ts';
import { assertAgreement, type Met } from './agreement.ts';
import { randomSystem } from './random-system.ts';

/**
 * Tries random systems until the engines disagree about one.
 *
 * @returns what was met; `problem` has the smallest system that they disagree about, with the seed and path that replay it
 */
export function trySystems(
  numRuns: number,
  seed: number,
  inThreads: (model: Model<object, unknown>) => Exploration,
): { readonly met: Met; readonly problem: string | null } {
  const met: Met = new Map();
  const property = fc.property(randomSystem, (system) => assertAgreement(system, inThreads, met));
  const outcome = fc.check(property, { numRuns, seed });
  return { met, problem: outcome.failed ? (fc.defaultReportMessage(outcome) ?? 'no message') : null };
}
