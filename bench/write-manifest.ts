/** `npm run manifest [SLUG…]`: searches every row of the manifest anew, or those of some revisions, and writes the figures. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { manifestText, measured, rowsIn } from './manifest.ts';

const file = fileURLToPath(new URL('../../test/checker/manifest.json', import.meta.url));
const slugs = process.argv.slice(2);
const rows = rowsIn(file);
const unknown = slugs.filter((slug) => !rows.some(({ revision }) => revision === slug));
if (unknown.length > 0) {
  process.stderr.write(`the manifest has no row of ${unknown.join(', ')}\n`);
  process.exit(2);
}
for (const [i, row] of rows.entries()) {
  if (slugs.length > 0 && !slugs.includes(row.revision)) continue;
  const now = measured(row);
  if (JSON.stringify(now) !== JSON.stringify(row)) process.stdout.write(`${JSON.stringify(now)}\n`);
  rows[i] = now;
}
writeFileSync(file, manifestText(rows));
