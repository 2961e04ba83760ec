/**
 * `npm run causes-page [SLUG…] [1x2…]`: writes docs/causes.json, from which the page of causes is made; the named revisions and
 * extents anew, or all.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CausesReport } from '../../render/causes/report.ts';
import { revisions } from '../../spec/index.ts';
import { type Extent, extents } from './extents.ts';
import { figuresHead, figuresRow, measuredCauses } from './measured-causes.ts';

const file = fileURLToPath(new URL('../../../docs/causes.json', import.meta.url));
const slugs = revisions.map(({ slug }) => slug);
const nameOf = ({ containers, execs }: Pick<Extent, 'containers' | 'execs'>): string =>
  `${containers}x${execs}`;
const names = extents.map(nameOf);

const asked = process.argv.slice(2);
const strange = asked.find((each) => !slugs.includes(each) && !names.includes(each));
if (strange !== undefined)
  throw new RangeError(`${strange} (allowed ${[...slugs, ...names].join(', ')}): name revisions and extents`);
const among = (all: readonly string[]): readonly string[] => {
  const named = all.filter((each) => asked.includes(each));
  return named.length > 0 ? named : all;
};

/** By extent, then by revision. */
const order = (report: CausesReport): number =>
  names.indexOf(nameOf(report)) * slugs.length + slugs.indexOf(report.revision);

for (const extent of extents.filter((each) => among(names).includes(nameOf(each)))) {
  process.stdout.write(`\n${figuresHead(extent)}\n`);
  for (const slug of among(slugs)) {
    const measured = await measuredCauses(slug, extent);
    process.stdout.write(`${figuresRow(measured)}\n`);
    const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CausesReport[]) : [];
    const kept = before.filter((each) => order(each) !== order(measured.report));
    const inOrder = [...kept, measured.report].toSorted((a, b) => order(a) - order(b));
    writeFileSync(file, `[\n${inOrder.map((report) => JSON.stringify(report)).join(',\n')}\n]\n`);
  }
}
