/** A claim of speed or size, and what was measured. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, type Measured } from '../peers.ts';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

export const runs = 5;

type Spread = readonly [least: number, median: number, most: number];

export interface Row {
  readonly claim: string;
  /** The median. */
  readonly ours: number;
  /** The peer's median; null where there is none. */
  readonly peer: number | null;
  readonly unit: string;
  /** Ours over the peer's, pair by pair; of ours alone where there is no peer. */
  readonly spread: Spread;
  readonly wanted: string;
}

/** What one search of ours came to, in a process of its own. @param args those of bench/measure.ts */
export function measure(...args: readonly (string | number)[]): Measured {
  const script = join(root, 'dist/bench/measure.js');
  return JSON.parse(command(process.execPath, [script, ...args.map(String)], root));
}

const perSecond = ({ states, elapsedMs }: Measured): number => (states / elapsedMs) * 1000;
export const seconds = ({ elapsedMs }: Measured): number => elapsedMs / 1000;
export const bytesAState = ({ states, bytes }: Measured): number => bytes / states;

function spreadOf(values: readonly number[]): Spread {
  const s = values.toSorted((a, b) => a - b);
  return [s[0] ?? 0, s[s.length >> 1] ?? 0, s.at(-1) ?? 0];
}

const medianOf = (values: readonly number[]): number => spreadOf(values)[1];

/** What pairs of runs are compared by. */
export interface Pairing {
  readonly unit: string;
  readonly of: (measured: Measured) => number;
  readonly pairs: number;
}

/** The same search, ours and a peer's, in turn. @throws Error where it is not the same */
export function paired(
  claim: string,
  wanted: string,
  ours: () => Measured,
  peer: () => Measured,
  { unit = 'states/s', of = perSecond, pairs = runs }: Partial<Pairing> = {},
): Row {
  const measured = Array.from({ length: pairs }, () => [ours(), peer()] as const);
  for (const [a, b] of measured) {
    if (a.states !== b.states || Math.abs(a.transitions / b.transitions - 1) > 1e-4)
      throw new Error(`${claim}: not the same search (${a.states} and ${b.states} states)`);
  }
  const values = measured.map(([a, b]) => [of(a), of(b)] as const);
  return besidePeer(claim, wanted, unit, values);
}

/** @param pairs a value of ours, and the peer's of the same turn */
export function besidePeer(
  claim: string,
  wanted: string,
  unit: string,
  pairs: readonly (readonly [ours: number, peer: number])[],
): Row {
  return {
    claim,
    wanted,
    unit,
    ours: medianOf(pairs.map(([a]) => a)),
    peer: medianOf(pairs.map(([, b]) => b)),
    spread: spreadOf(pairs.map(([a, b]) => a / b)),
  };
}

export function alone(claim: string, wanted: string, unit: string, values: readonly number[]): Row {
  return { claim, wanted, unit, ours: medianOf(values), peer: null, spread: spreadOf(values) };
}
