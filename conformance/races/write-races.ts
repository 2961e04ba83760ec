/** `npm run races`: searches every revision for races again, and writes the file that the conformance tester reads. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { revisions } from '../../spec/index.ts';
import { knownRacesText } from './known-races.ts';
import { findRaces } from './races.ts';

writeFileSync(
  fileURLToPath(new URL('../../../conformance/races/known-races.json', import.meta.url)),
  knownRacesText(findRaces(revisions)),
);
