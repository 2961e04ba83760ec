/** `npm run automata`: computes the automata of every revision's logs, and writes the file that `validate` reads. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { revisions } from '../../spec/index.ts';
import { determinise } from './determinise.ts';
import { knownAutomataText, logSettings } from './known-automata.ts';

const automata = revisions.flatMap((revision) =>
  logSettings.map((setting) => ({ revision: revision.slug, setting, table: determinise(revision, setting) })),
);
writeFileSync(
  fileURLToPath(new URL('../../../conformance/log/known-automata.json', import.meta.url)),
  knownAutomataText(automata),
);
