/** `npm run races`: finds the races of every revision anew, and writes them where the conformance tester reads them. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findRaces } from '../conformance/races.ts';
import { racesText } from '../conformance/races-text.ts';
import { revisions } from '../spec/index.ts';

writeFileSync(
  fileURLToPath(new URL('../../conformance/known-races.ts', import.meta.url)),
  racesText(findRaces(revisions)),
);
