import type { Reduction } from '../checker/index.ts';
import type { CheckFlags } from './check.ts';
import { InputError } from './errors.ts';
import { exitCode } from './exit-codes.ts';

/**
 * The reductions of a search with decision diagrams.
 *
 * @throws InputError for flags of a search that lists states, and for reductions that this one has not
 */
export function parseSymbolic(flags: CheckFlags): Reduction[] {
  const others = othersOf(flags);
  if (others.length > 0) {
    throw new InputError(
      `--engine symbolic lists no states, has one thread, and looks at all or nothing (got ${others.join(', ')}, allowed none of them): leave one of them out`,
      exitCode.usage,
    );
  }
  const { reduce } = flags;
  if (reduce === 'none') return [];
  if (reduce === 'all' || reduce === 'unread') return ['unread'];
  throw new InputError(
    `--reduce ${reduce} cannot be had with --engine symbolic (got '${reduce}', allowed unread, all, none): leave one of them out`,
    exitCode.usage,
  );
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
