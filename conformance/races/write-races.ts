/** `npm run races`: finds the races of every revision anew, and writes them where the conformance tester reads them. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { revisions } from '../../spec/index.ts';
import { findRaces } from './races.ts';
import { racesText } from './races-text.ts';

writeFileSync(
  fileURLToPath(new URL('../../../conformance/races/known-races.ts', import.meta.url)),
  racesText(findRaces(revisions)),
);
