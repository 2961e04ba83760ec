import type { Reduction } from '../checker/index.ts';
import { type BitstateFlags, flagsOfLists } from './bitstate.ts';
import { InputError } from './errors.ts';
import { exitCode } from './exit-codes.ts';

/**
 * The reductions of a search with decision diagrams.
 *
 * @throws InputError for flags of a search that lists states, and for reductions that this one has not
 */
export function parseSymbolic(flags: BitstateFlags): Reduction[] {
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

function othersOf(flags: BitstateFlags): string[] {
  const { maxDepth, maxStates } = flags;
  return [
    ...flagsOfLists(flags),
    ...(maxDepth === undefined ? [] : [`--max-depth ${maxDepth}`]),
    ...(maxStates === undefined ? [] : [`--max-states ${maxStates}`]),
    ...(flags.continue ? [] : ['--no-continue']),
  ];
}
