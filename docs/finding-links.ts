import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { counterexampleIn } from './counterexample.ts';
import { explorerLink } from './explorer-link.ts';

/** @returns for the picture of each finding that shows a counterexample, the link that opens it in the explorer */
export function findingLinks(docs: string): Map<string, string> {
  const links = new Map<string, string>();
  for (const file of readdirSync(join(docs, 'findings'))) {
    const counterexample = counterexampleIn(readFileSync(join(docs, 'findings', file), 'utf8'));
    if (counterexample) links.set(file.replace(/\.md$/, '.svg'), explorerLink(counterexample));
  }
  return links;
}
