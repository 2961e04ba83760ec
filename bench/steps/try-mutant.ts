import { readFileSync, rmSync } from 'node:fs';
import { type Judgement, judgeRecord, type Refusal } from '../../conformance/steps/judge.ts';
import { readRecords } from '../../conformance/steps/record.ts';
import { drive } from './drive.ts';
import { equivalents, type Mutant } from './mutants.ts';

/** What became of a mutant. */
export interface Tried {
  readonly name: string;
  /** The function of service.go that it edits. */
  readonly in: string;
  readonly outcome: 'rejected' | 'accepted';
  /** Why it was rejected, and by which line of its record; or why it is none. */
  readonly because: string;
  /** Steps until then, or of all its records. */
  readonly steps: number;
  /** The seed of the run that found it, or of the last one. */
  readonly seed: number;
}

/** A binary with mutants, and what its containers run. */
export interface Bench {
  readonly binary: string;
  readonly rootfs: string;
}

const runMaxMs = 15_000;
const linesMax = 2_500;
const clients = 4;
const cheap = 20;
const runsMax = 6;

/** Runs a mutant until its record is rejected, a few times at most. @param number its number in the binary, from 1 */
export async function tryMutant(
  bench: Bench,
  mutant: Mutant,
  number: number,
  firstSeed: number,
): Promise<Tried> {
  let steps = 0;
  let seed = firstSeed;
  for (; seed < firstSeed + runsMax; seed++) {
    const { refusal, steps: more } = await oneRun(bench, seed, number);
    steps += more;
    if (refusal)
      return { name: mutant.name, in: mutant.in, outcome: 'rejected', because: textOf(refusal), steps, seed };
  }
  return {
    name: mutant.name,
    in: mutant.in,
    outcome: 'accepted',
    because: equivalents[mutant.name] ?? '',
    steps,
    seed: seed - 1,
  };
}

function textOf({ line, thread, because }: Refusal): string {
  const who = thread?.replace(/ #.*/, '') ?? (line.k === 'over' ? 'the shim' : 'a goroutine');
  return line.k === 'over' ? `${who}, at the end: ${because}` : `${who}, \`${line.k}\`: ${because}`;
}

/** Runs a shim once, and judges its record. @param mutant 0 for the shim without an edit */
export async function oneRun({ binary, rootfs }: Bench, seed: number, mutant = 0): Promise<Judgement> {
  const record = `${binary}.${process.pid}.steps`;
  rmSync(record, { force: true });
  await drive({ binary, rootfs, record, mutant }, { seed, linesMax, clients, cheap, timeMaxMs: runMaxMs });
  const [first] = readRecords(readFileSync(record, 'utf8'), 'main');
  rmSync(record);
  if (!first) throw new Error(`${record} is empty`);
  return judgeRecord(first);
}
