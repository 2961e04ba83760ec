import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n');
const pages = files.filter((file) => file.endsWith('.md') && file !== 'CHANGELOG.md');
const sources = files.filter((file) => /\.(tsx?|sh|mjs)$/.test(file) && !file.startsWith('wire/proto/gen/'));
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');

const fileName = String.raw`(?:\.{1,2}/)*\w[\w./-]*\.(?:md|tsx?|mjs|js|json|sh|svg|css|pml|log)`;
/** What the build, a command or a reader makes, and what other projects call theirs. */
const madeLater =
  /^(?:\.\/)?(?:dist\/|docs\/(?:(?:site|generated)\b|(?:runtime-v2|sandbox-api)\.md$)|mine\.m?js$|x\.(?:deep\.)?test\.ts$|config\.json$|console\.log$)/;

/** Whether a path names a file or folder of ours, by its whole path or by the end of it. */
function isOurs(path: string): boolean {
  const end = `/${path.replace(/^(?:\.{1,2}\/)+/, '').replace(/\/$/, '')}`;
  return files.some((file) => `/${file}`.endsWith(end) || `/${file}`.includes(`${end}/`));
}

/** The paths that a page has in `code`, and the documents that it names, outside its blocks. */
function pathsIn(page: string): string[] {
  const prose = page.replaceAll(/^```[\s\S]*?^```$/gm, '');
  const documents = prose.match(/(?<![\w/.:@-])[\w-]+\.md\b/g) ?? [];
  const paths = [...prose.matchAll(/`([^`\s]+)`/g)]
    .map(([, code = '']) => code)
    .filter((code) => new RegExp(`^${fileName}$`).test(code) || /^[a-z]+\/[\w./-]+$/.test(code));
  return [...documents, ...paths];
}

/** The files that the comments of a source name. */
function filesIn(source: string): string[] {
  const comments = source.match(/\/\*[\s\S]*?\*\/|\/\/.*|^#.*/gm) ?? [];
  return comments.flatMap(
    (comment) => comment.match(new RegExp(String.raw`(?<![\w/.:@-])${fileName}\b(?![\w(])`, 'g')) ?? [],
  );
}

/** What the links of a page lead to, but for other sites and places in the page. */
function linksIn(page: string): string[] {
  return [...page.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) => link);
}

describe('the documents', () => {
  it('name files that exist', () => {
    const named = pages.flatMap((page) => pathsIn(textOf(page)).map((path) => ({ page, path })));
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter(({ path }) => !isOurs(path) && !madeLater.test(path))).toEqual([]);
  });

  it('link to files that exist', () => {
    const links = pages.flatMap((page) => linksIn(textOf(page)).map((link) => ({ page, link })));
    expect(links.length).toBeGreaterThan(60);
    expect(links.filter(({ page, link }) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });
});

describe('the comments of the code', () => {
  it('name files that exist', () => {
    const named = sources.flatMap((source) => filesIn(textOf(source)).map((path) => ({ source, path })));
    expect(named.length).toBeGreaterThan(20);
    const isBeside = (path: string): boolean => isOurs(path.replace(/\.js$/, '.ts'));
    expect(named.filter(({ path }) => !isBeside(path) && !isOurs(path) && !madeLater.test(path))).toEqual([]);
  });
});
