/**
 * `npm run bench:causes [SLUG…]`: of all revisions, or of those named, how many sets of options `shim-spec causes` searches and
 * for how long; and for the first of them two workers beside one, in turns.
 */
import { revisions } from '../../spec/index.ts';
import { extents } from './extents.ts';
import { figuresHead, figuresRow, measuredCauses } from './measured-causes.ts';

const wanted = { share: 0.1, minutes: 20, ratio: 1.7 };
const rounds = 3;

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

const ratios: number[] = [];
for (let round = 0; round < rounds; round++) {
  const one = await measuredCauses(slugs[0] as string, extent, 1);
  const two = await measuredCauses(slugs[0] as string, extent, 2);
  ratios.push(one.seconds / two.seconds);
}
const [least, median, most] = ratios.toSorted((a, b) => a - b).map((each) => each.toFixed(2));
print(`two workers ÷ one, ${slugs[0]}: ${median} (${least} to ${most}; wanted: at least ${wanted.ratio})`);
