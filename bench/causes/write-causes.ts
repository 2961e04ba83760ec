/** `npm run causes-page [SLUG…]`: writes docs/causes.json, from which the page of causes is made; named revisions anew, or all. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CausesReport } from '../../render/causes/report.ts';
import { revisions } from '../../spec/index.ts';
import { figuresHead, figuresRow, measuredCauses } from './measured-causes.ts';

const file = fileURLToPath(new URL('../../../docs/causes.json', import.meta.url));
const asked = process.argv.slice(2);
const slugs = revisions.map(({ slug }) => slug);

process.stdout.write(`${figuresHead}\n`);
for (const slug of asked.length > 0 ? asked : slugs) {
  const measured = await measuredCauses(slug);
  process.stdout.write(`${figuresRow(measured)}\n`);
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CausesReport[]) : [];
  const all = [...before.filter(({ revision }) => revision !== slug), measured.report];
  const inOrder = all.toSorted((a, b) => slugs.indexOf(a.revision) - slugs.indexOf(b.revision));
  writeFileSync(file, `[\n${inOrder.map((report) => JSON.stringify(report)).join(',\n')}\n]\n`);
}
