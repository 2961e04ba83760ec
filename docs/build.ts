/** `npm run docs`: one static site in docs/site, which works from a file and has no need of a network. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectionOf, titledCollection } from './collections.ts';
import { pages } from './pages.ts';
import { wide } from './wide.ts';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const generated = join(docs, 'generated');
const site = join(docs, 'site');

function run(...args: readonly string[]): void {
  const { status } = spawnSync(process.execPath, args, { cwd: docs, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

rmSync(generated, { recursive: true, force: true });
rmSync(site, { recursive: true, force: true });
mkdirSync(generated, { recursive: true });
const collections = [
  collectionOf(docs, 'guides', {
    file: 'guides.md',
    title: 'Guides',
    text: 'One topic a page. The commands are run by a test.',
  }),
  ...titledCollection(docs, 'findings', {
    file: 'findings.md',
    title: 'Findings',
    text: 'What the checker and the conformance tester found in containerd, and upstream did not know of: each with its shortest interleaving, the upstream lines, what a user would see, and how sure we are.',
  }),
  ...titledCollection(docs, 'decisions', {
    file: 'decisions.md',
    title: 'Decisions',
    text: 'Why it is built as it is.',
  }),
];
for (const { file, text } of [...pages(), ...collections]) writeFileSync(join(generated, file), text);
run(fileURLToPath(new URL('build-explorer.js', import.meta.url)), join(generated, 'explorer.html'));
run(join(docs, 'node_modules/typedoc/bin/typedoc'), '--options', join(docs, 'typedoc.config.js'));
for (const name of readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.html'),
)) {
  const file = join(site, name);
  writeFileSync(file, mended(readFileSync(file, 'utf8')));
}
process.stdout.write(`${join('docs', 'site', 'index.html')}\n`);

/**
 * A page of TypeDoc that works from a file, where it may not use the symbols of another page (the theme puts them into
 * each as well), and on a phone, where a table scrolls by itself.
 */
function mended(html: string): string {
  return html
    .replaceAll(/href="[^"#]*assets\/icons\.svg#/g, 'href="#')
    .replaceAll(/<table>\n[\s\S]*?<\/table>/g, (table) => wide('Table', table))
    .replaceAll(
      '<div class="tsd-signature">',
      '<div class="tsd-signature" tabindex="0" role="region" aria-label="Signature">',
    );
}
