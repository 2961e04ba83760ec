import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n');
const code = files.filter((file) => /\.tsx?$/.test(file) && !file.startsWith('wire/proto/gen/'));
const textOf = (file: string): string => readFileSync(`${root}/${file}`, 'utf8');
const linesMax = 350;
const filesMax = 20;

/** What each file of ours imports of ours, values and types. */
const importsOf = new Map(
  code.map((file) => [
    file,
    [...textOf(file).matchAll(/\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path = '']) =>
      join(dirname(file), path),
    ),
  ]),
);

/** The files that `file` depends on; itself only where its imports lead back to it. */
function reachedFrom(file: string): Set<string> {
  const reached = new Set<string>();
  const pending = [file];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const imports = (importsOf.get(next) ?? []).filter((each) => !reached.has(each));
    for (const each of imports) reached.add(each);
    pending.push(...imports);
  }
  return reached;
}

describe('the tree', () => {
  it(`keeps files under ${linesMax} lines, but for revisions, which are whole on purpose`, () => {
    const long = code
      .filter((file) => !file.startsWith('spec/revisions/'))
      .filter((file) => textOf(file).split('\n').length > linesMax);
    expect(long).toEqual([]);
  });

  it(`has no folder of more than ${filesMax} files of code`, () => {
    const folders = new Map<string, number>();
    for (const file of code) folders.set(dirname(file), (folders.get(dirname(file)) ?? 0) + 1);
    expect([...folders].filter(([, count]) => count > filesMax)).toEqual([]);
  });

  // Biome's noImportCycles passes over imports of types.
  it('has no circle of imports', () => {
    const links = [...importsOf.values()].flat().filter((file) => importsOf.has(file));
    expect(links.length).toBeGreaterThan(500);
    expect(code.filter((file) => reachedFrom(file).has(file))).toEqual([]);
  });

  it('leaves nothing for later, and skips no test', () => {
    const later = new RegExp(
      [
        'TO' + 'DO',
        'FIX' + 'ME',
        '@ts-(ignore|expect-error)',
        '(?<!\\.)\\.(skip|only|todo)\\(',
        'skip' + 'If',
        'run' + 'If',
      ].join('|'),
    );
    expect(code.filter((file) => later.test(textOf(file)))).toEqual([]);
  });

  it('keeps clocks and chance out of the specification', () => {
    const spec = code.filter((file) => file.startsWith('spec/'));
    expect(spec.length).toBeGreaterThan(8);
    expect(
      spec.filter((file) => /Date\b|Math\.random|performance\.|process\.env/.test(textOf(file))),
    ).toEqual([]);
  });

  it('has no machine path and no registry address', () => {
    const address = new RegExp(
      `${['/ro' + 'ot/', '/ho' + 'me/', 'registry\\.', '"reso' + 'lved": "http'].join('|')}`,
    );
    expect(files.filter((file) => !file.endsWith('.png') && address.test(textOf(file)))).toEqual([]);
  });

  it('names files in kebab-case and by what they are', () => {
    const names = code.map((file) => file.split('/').at(-1) ?? '');
    expect(names.filter((name) => !/^[a-z0-9-]+(\.[a-z]+)*\.tsx?$/.test(name))).toEqual([]);
    expect(names.filter((name) => /^(utils?|helpers?|manager|data|info)\b/.test(name))).toEqual([]);
  });

  it('lists every revision', () => {
    const beside = ['spec/revisions/index.ts', 'spec/revisions/go-code.ts'];
    const revisions = files.filter((file) => file.startsWith('spec/revisions/') && !beside.includes(file));
    const order = [...textOf('spec/revisions/index.ts').matchAll(/from '\.\/([a-z-]+)\.ts'/g)].map(
      ([, slug]) => slug,
    );
    expect(revisions.map((file) => /([a-z-]+)\.ts$/.exec(file)?.[1]).toSorted()).toEqual(order.toSorted());
  });
});
