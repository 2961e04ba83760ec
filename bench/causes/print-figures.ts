/**
 * `npm run bench:causes [SLUG…]`: of all revisions, or of those named, how many sets of options `shim-spec causes` searches and
 * for how long; and for the first of them two workers beside one, in pairs: threads, and processes with a core each.
 */
import { revisions } from '../../spec/index.ts';
import { extents } from './extents.ts';
import { figuresHead, figuresRow, measuredCauses } from './measured-causes.ts';
import { twoProcesses } from './two-processes.ts';

const wanted = { share: 0.1, minutes: 20, ratio: 1.7 };
const pairs = 7;

const given = process.argv.slice(2);
const slugs = given.length > 0 ? given : revisions.map(({ slug }) => slug);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const [extent] = extents;
print(figuresHead(extent));
let [seconds, searches, sets] = [0, 0, 0];
for (const slug of slugs) {
  const measured = await measuredCauses(slug, extent);
  print(figuresRow(measured));
  seconds += measured.seconds;
  searches += measured.report.searches;
  sets += measured.report.sets;
}
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
print(`\nsearched: ${percent(searches / sets)} (wanted: at most ${percent(wanted.share)})`);
print(`time: ${(seconds / 60).toFixed(1)} min (wanted for all eight: at most ${wanted.minutes} min)`);

/** The processor time of all threads, in seconds. */
const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const timed = async (workers: number): Promise<{ seconds: number; processor: number }> => {
  const before = processorSeconds();
  const measured = await measuredCauses(slugs[0] as string, extent, workers);
  return { seconds: measured.seconds, processor: processorSeconds() - before };
};
const spread = (values: readonly number[], digits: number): string => {
  const inOrder = values.toSorted((a, b) => a - b).map((each) => each.toFixed(digits));
  return `${inOrder[Math.floor(inOrder.length / 2)]} (${inOrder[0]} to ${inOrder.at(-1)})`;
};

const ones: Awaited<ReturnType<typeof timed>>[] = [];
const twos: typeof ones = [];
for (let pair = 0; pair < pairs; pair++)
  // Whoever is first in one pair is second in the next.
  for (const workers of pair % 2 === 0 ? [1, 2] : [2, 1])
    (workers === 1 ? ones : twos).push(await timed(workers));
print('\n| | time | processor time |\n| --- | --- | --- |');
const row = (name: string, runs: typeof ones): string => {
  const seconds = spread(
    runs.map((each) => each.seconds),
    1,
  );
  const processor = spread(
    runs.map((each) => each.processor),
    1,
  );
  return `| ${name}, ${slugs[0]} | ${seconds} s | ${processor} s |`;
};
print(row('one worker', ones));
print(row('two workers', twos));
const ratios = ones.map((one, pair) => one.seconds / (twos[pair]?.seconds ?? NaN));
print(
  `two workers ÷ one, the median of ${pairs} pairs in turns: ${spread(ratios, 2)}; wanted: at least ${wanted.ratio}`,
);

const processes = await twoProcesses(slugs[0] as string, extent, pairs);
const perCore = processes.map(([one, two]) => one / two);
print(
  `two processes on a core each ÷ one on one core: ${spread(perCore, 2)}; wanted: at least ${wanted.ratio}`,
);
