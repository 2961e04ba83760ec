import type { SearchOption } from '../../checker/plan.ts';

/** How the command line spells the options of a search. */
const flagOf: Readonly<Record<SearchOption, string>> = {
  engine: '--engine',
  reduction: '--reduce',
  shortest: '--shortest',
  crew: '--workers',
  onLevel: '--checkpoint',
  resume: '--checkpoint',
  onProgress: 'progress',
  isCancelled: 'an interrupt',
  'limits.depthMax': '--max-depth',
  'limits.statesMax': '--max-states',
  'limits.timeoutMs': '--timeout',
  'limits.memoryMaxBytes': '--memory',
  'limits.stopAtViolation': '--no-continue',
};

/** The flag that sets an option of a search. */
export function spellFlag(option: SearchOption): string {
  return flagOf[option];
}
