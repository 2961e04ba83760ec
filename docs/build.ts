/** `npm run docs`: one static site in docs/site, which works from a file and has no need of a network. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { causesPages } from './causes-page.ts';
import { collectionOf } from './collections.ts';
import { findingLinks } from './finding-links.ts';
import { frontPage } from './front-page.ts';
import { goTestsPage, readGoTests } from './go-tests-page.ts';
import { matrixPages, matrixPictures, readMatrix } from './matrix-page.ts';
import { mended } from './mended.ts';
import { revisionPages } from './pages.ts';
import { rulesPage } from './rules-page.ts';
import { stepsPage } from './steps-page.ts';
import { checkRevisions } from './verdicts.ts';

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
const all = checkRevisions();
const shims = readMatrix(docs);
const pages = [
  frontPage(docs, all),
  ...revisionPages(all),
  rulesPage(all),
  ...causesPages(docs),
  ...matrixPages(shims),
  stepsPage(docs),
  goTestsPage(readGoTests(docs)),
  collectionOf(
    docs,
    'guides',
    'Guides',
    'Each is a path with a goal, and says what you should see. A test runs every command.',
  ),
  collectionOf(
    docs,
    'findings',
    'Findings',
    'What the checker and the conformance tester found in containerd and in other shims, and upstream did not know of: each with its shortest interleaving or the check that shows it, the upstream lines, what a user would see, and how sure we are.',
  ),
  collectionOf(docs, 'decisions', 'Decisions', 'Why it is built as it is.'),
];
for (const { file, text } of pages) writeFileSync(join(generated, file), text);
for (const [file, svg] of matrixPictures(shims)) writeFileSync(join(generated, file), svg);
run(
  fileURLToPath(new URL('build-explorer.js', import.meta.url)),
  join(generated, 'explorer.html'),
  '../index.html',
);
run(join(docs, 'node_modules/typedoc/bin/typedoc'), '--options', join(docs, 'typedoc.config.js'));
const links = findingLinks(docs);
for (const name of readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.html'),
)) {
  const file = join(site, name);
  writeFileSync(file, mended(docs, links, readFileSync(file, 'utf8')));
}
process.stdout.write(`${join('docs', 'site', 'index.html')}\n`);
