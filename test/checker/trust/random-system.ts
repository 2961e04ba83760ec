import * as fc from 'fast-check';
import type { Model } from '../../../checker/index.ts';
import { randomModel } from '../random-model.ts';
import { randomRing } from '../random-ring.ts';

/**
 * How a step breaks the rules of a model. `reads otherwise`: what it reads depends on what was run before, and its result
 * does not. The others are no steps of any model.
 */
export type Fault = 'writes and refuses' | 'says nothing' | 'throws' | 'writes undefined' | 'reads otherwise';

const faults: readonly Fault[] = [
  'writes and refuses',
  'says nothing',
  'throws',
  'writes undefined',
  'reads otherwise',
];

/** A random model, and a fault that may hide in it. */
export interface RandomSystem {
  /** What the engines are given. */
  readonly model: Model<object, unknown>;
  /** The same model without its fault. */
  readonly sound: Model<object, unknown>;
  readonly fault: Fault | null;
  /** Whether `sound` has met a step at which `model` is faulty, since `forget`. */
  readonly wasMet: () => boolean;
  readonly depthMax: number | null;
  /** At the end of which level a search is broken off, to be resumed. */
  readonly resumeAt: number;
  /** Threads wait for each other, and a busy machine lets them wait long: not every system is searched by them. */
  readonly hasThreads: boolean;
}

/** Any state of both kinds of models, with a slot of the fault's own. */
interface Watched {
  mark: number | undefined;
  readonly n?: { readonly x: number; readonly y: number };
  readonly cell?: number;
  readonly owner?: string | null;
}

/** Models with rests, cycles, lists and every kind of property; some of them symmetric, some of them faulty. */
export const randomSystem: fc.Arbitrary<RandomSystem> = fc
  .record({
    base: fc.oneof(
      { weight: 3, arbitrary: randomModel as fc.Arbitrary<Model<object, unknown>> },
      { weight: 2, arbitrary: randomRing as fc.Arbitrary<Model<object, unknown>> },
    ),
    fault: fc.option(fc.record({ kind: fc.constantFrom(...faults), where: fc.nat(2) }), { freq: 2 }),
    depthMax: fc.option(fc.nat(6), { freq: 1 }),
    resumeAt: fc.nat(5),
    hasThreads: fc.nat(9).map((one) => one === 0),
  })
  .map(({ base, fault, ...rest }) => ({ ...systemOf(base, fault), ...rest }));

function systemOf(
  base: Model<object, unknown>,
  fault: { readonly kind: Fault; readonly where: number } | null,
): Pick<RandomSystem, 'model' | 'sound' | 'fault' | 'wasMet'> {
  if (fault === null) return { model: base, sound: base, fault: null, wasMet: () => false };
  const initial = { ...base.initial, mark: 0 };
  const { kind, where } = fault;
  let isMet = false;
  let runs = 0;
  const sound: typeof base = {
    ...base,
    initial,
    step: (s, action) => {
      const isEnabled = base.step(s, action);
      if (isEnabled && watchedIn(s as Watched) === where) isMet = true;
      return isEnabled;
    },
  };
  const model: typeof base = {
    ...base,
    initial,
    step: (s, action) => {
      if (kind === 'reads otherwise') readInTurn(s as Watched, runs++);
      const isEnabled = base.step(s, action);
      return isEnabled && watchedIn(s as Watched) === where ? fail(kind, s as Watched) : isEnabled;
    },
  };
  return { model, sound, fault: kind, wasMet: () => isMet };
}

/** A part of the state that a renaming leaves alone. */
function watchedIn({ n, cell }: Watched): number {
  return n?.x ?? cell ?? 0;
}

function readInTurn(s: Watched, run: number): void {
  const reads = [() => s.n?.x ?? s.cell, () => s.n?.y ?? s.owner];
  reads[run % 2]?.();
  reads[(run + 1) % 2]?.();
}

function fail(kind: Fault, s: Watched): boolean {
  switch (kind) {
    case 'reads otherwise':
      return true;
    case 'writes and refuses':
      s.mark = (s.mark ?? 0) + 1;
      return false;
    case 'says nothing':
      return undefined as unknown as boolean;
    case 'throws':
      throw new Error('the fault');
    case 'writes undefined':
      s.mark = undefined;
      return true;
  }
}
