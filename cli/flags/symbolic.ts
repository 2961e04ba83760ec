import type { CheckFlags } from '../commands/check.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';

/** @throws InputError for flags of a search that lists states, which decision diagrams do not */
export function assertSymbolic(flags: CheckFlags): void {
  const others = othersOf(flags);
  if (others.length > 0) {
    throw new InputError(
      `--engine symbolic lists no states, has one thread, and looks at all or nothing (got ${others.join(', ')}, allowed none of them): leave one of them out`,
      exitCode.usage,
    );
  }
}

function othersOf(flags: CheckFlags): string[] {
  const { workers, distinct, checkpoint, profile, coverage, coverageOf, maxDepth, maxStates } = flags;
  return [
    ...(['auto', '1'].includes(workers) ? [] : [`--workers ${workers}`]),
    ...(distinct === '1' ? [] : [`--distinct ${distinct}`]),
    ...(checkpoint === undefined ? [] : [`--checkpoint ${checkpoint}`]),
    ...(profile ? ['--profile'] : []),
    ...(coverage ? ['--coverage'] : []),
    ...(coverageOf === undefined ? [] : [`--coverage-of ${coverageOf}`]),
    ...(maxDepth === undefined ? [] : [`--max-depth ${maxDepth}`]),
    ...(maxStates === undefined ? [] : [`--max-states ${maxStates}`]),
    ...(flags.continue ? [] : ['--no-continue']),
  ];
}
