import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { breachIn } from './breach.ts';
import { explorerLink } from './explorer-link.ts';

/** @returns for the picture of each finding that shows a counterexample, the link that opens it in the explorer */
export function findingLinks(docs: string): Map<string, string> {
  const links = new Map<string, string>();
  for (const file of readdirSync(join(docs, 'findings'))) {
    const breach = breachIn(readFileSync(join(docs, 'findings', file), 'utf8'));
    if (breach) links.set(file.replace(/\.md$/, '.svg'), explorerLink(breach));
  }
  return links;
}
