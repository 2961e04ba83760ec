import { escaped } from '../render/sequence-svg.ts';
import { labelOf } from '../spec/index.ts';
import type { Counterexample } from './counterexample.ts';
import { toHash } from './explorer/address.ts';
import { pathOf } from './explorer/walk.ts';

/** A link into the explorer where a counterexample is open. */
export function explorerLink(counterexample: Counterexample): string {
  return `<a href="explorer.html${escaped(explorerHash(counterexample))}">Walk through it in the explorer</a>`;
}

/** The address within the explorer where a counterexample is open, at its last step. */
export function explorerHash({ revision, bound, rule, trace }: Counterexample): string {
  const path = pathOf(revision, bound, trace.map(labelOf));
  return toHash({ revision: revision.slug, bound, path, at: path.length, rule });
}
