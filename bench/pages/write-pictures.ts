/** `npm run pictures`: draws the counterexample of each finding anew, from the command that the finding names. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pictureOf } from './picture-of.ts';

const folder = fileURLToPath(new URL('../../../docs/findings/', import.meta.url));
const pictures = fileURLToPath(new URL('../../../docs/pictures/', import.meta.url));
for (const file of readdirSync(folder)) {
  const svg = pictureOf(readFileSync(`${folder}${file}`, 'utf8'));
  if (svg !== null) writeFileSync(`${pictures}${file.replace('.md', '.svg')}`, svg);
}
