/** The page of mutants: small mistakes in containerd's service.go, and which of its recorded steps gave each away. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escaped } from '../render/sequence-svg.ts';
import { count } from '../render/table.ts';
import type { Page } from './collections.ts';
import { wide } from './wide.ts';

/** What became of a mutant, as `npm run steps:mutants` wrote it. */
interface Tried {
  readonly name: string;
  readonly in: string;
  readonly outcome: 'rejected' | 'accepted';
  readonly because: string;
  readonly steps: number;
}

interface MutantsRecord {
  readonly version: string;
  readonly control: number;
  readonly mutants: readonly Tried[];
}

/** @param docs the folder that has steps.json */
export function stepsPage(docs: string): Page {
  const { version, control, mutants } = JSON.parse(
    readFileSync(join(docs, 'steps.json'), 'utf8'),
  ) as MutantsRecord;
  const rejected = mutants.filter(({ outcome }) => outcome === 'rejected');
  const rows = mutants.map(
    ({ name, in: where, outcome, because, steps }) =>
      `<tr><th scope="row">${escaped(name)}</th><td><code>${escaped(where)}</code></td><td class="${outcome === 'rejected' ? 'good' : 'bad'}">${outcome}</td><td>${count(steps)}</td><td>${escaped(because)}</td></tr>`,
  );
  return {
    file: 'steps.md',
    text: `---\ntitle: Mistakes that the steps give away\n---\n\n# Mistakes that the steps give away

\`npm run steps:mutants\` makes these mistakes in the \`service.go\` of containerd ${version}, one at a time, runs the shim with real containers, and takes its recorded steps through \`main\` ([how](../guides/9-compare-the-shims-steps.md)). ${rejected.length} of ${mutants.length} are rejected. The shim without a mistake was run beside them: ${count(control)} steps, all accepted.

${wide(
  'Mistakes',
  `<table><thead><tr><th scope="col">mistake</th><th scope="col">in</th><th scope="col">outcome</th><th scope="col">steps until then</th><th scope="col">the first step that is none of the model</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
)}
`,
  };
}
