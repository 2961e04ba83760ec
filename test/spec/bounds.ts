import { type Bound, noOptions, type Options, type RoadOptions } from '../../spec/bound.ts';

/** A bound with these options on. */
export function bound(
  containers: number,
  execs: number,
  ...on: (keyof Options | keyof RoadOptions)[]
): Bound {
  return { ...noOptions, ...Object.fromEntries(on.map((option) => [option, true])), containers, execs };
}
