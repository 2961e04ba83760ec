import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What an entry of the package exports. */
interface Export {
  readonly name: string;
  readonly isType: boolean;
  /** The file that declares it. */
  readonly file: string;
}

function exportsOf(entry: string): Export[] {
  const text = readFileSync(join(root, entry), 'utf8');
  const lists = [...text.matchAll(/export (type )?\{([^}]*)\} from '\.\/([^']*)'/g)].flatMap(
    ([, type, names = '', file = '']) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '')
        .map((name) => ({
          name: name.replace('type ', ''),
          isType: type !== undefined || name.startsWith('type '),
          file: join(root, entry, '..', file),
        })),
  );
  const own = [...text.matchAll(/^export (function|class|interface|type) (\w+)/gm)].map(
    ([, kind, name = '']) => ({
      name,
      isType: kind === 'interface' || kind === 'type',
      file: join(root, entry),
    }),
  );
  return [...lists, ...own];
}

/** The comment above the declaration of an export. */
function docstringOf({ name, file }: Export): string {
  const declared = new RegExp(
    `/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport (?:function|class|interface|type|const) ${name}\\b`,
  );
  const [, text = ''] = declared.exec(readFileSync(file, 'utf8')) ?? [];
  return text.replaceAll(/^ ?\* ?/gm, '').trim();
}

function exampleIn(docstring: string): string | null {
  return /@example\n```ts\n([\s\S]*?)\n```/.exec(docstring)?.[1] ?? null;
}

/** What an example says that it prints: the comments below each `console.log`. */
function promisedBy(example: string): string[] {
  const promised: string[] = [];
  let isPrinting = false;
  for (const line of example.split('\n')) {
    const [, comment] = /^ *\/\/ (.*)$/.exec(line) ?? [];
    if (comment === undefined) isPrinting = line.includes('console.log(');
    else if (isPrinting) promised.push(comment);
  }
  return promised;
}

const all = [...exportsOf('checker/index.ts'), ...exportsOf('checker/threads/index.ts')];
const values = all.filter(({ isType, file }) => !isType && !file.endsWith('worker.ts'));
const examples = values.flatMap((each) => {
  const example = exampleIn(docstringOf(each));
  return example === null ? [] : [{ name: each.name, example }];
});

/** A package that depends on this one, as its users have it. */
const user = mkdtempSync(join(tmpdir(), 'shim-spec-user-'));
/** Not those of `sweep`, which are for batch systems. */
const inFolder = readdirSync(join(root, 'examples')).filter((name) => /\.m?[jt]s$/.test(name));

beforeAll(() => {
  mkdirSync(join(user, 'node_modules'));
  symlinkSync(root, join(user, 'node_modules/shim-spec'));
  symlinkSync(join(root, 'node_modules/@types'), join(user, 'node_modules/@types'));
  writeFileSync(join(user, 'package.json'), JSON.stringify({ type: 'module' }));
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023'],
    types: ['node'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    outDir: 'out',
  };
  writeFileSync(join(user, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  for (const { name, example } of examples) writeFileSync(join(user, `${name}.ts`), example);
  for (const file of inFolder) copyFileSync(join(root, 'examples', file), join(user, file));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', user], { encoding: 'utf8' });
  expect(stdout).toBe('');
});
afterAll(() => rmSync(user, { recursive: true }));

function linesOf(file: string): string[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: user, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.trimEnd().split('\n');
}

describe('what the checker exports', () => {
  it.each(all.map((each) => [each.name, each] as const))('%s says what it is', (_, each) => {
    expect(docstringOf(each).length).toBeGreaterThan(20);
  });

  it.each(values.map((each) => [each.name, each] as const))('%s has an example', (_, each) => {
    const docstring = docstringOf(each);
    const [, elsewhere] = /The example stands at\s+\{@link (\w+)\}/.exec(docstring) ?? [];
    const shown = examples.find(({ name }) => name === (elsewhere ?? each.name));
    expect(shown?.example).toMatch(new RegExp(`\\b${each.name}\\b`));
  });

  it.each(examples.map(({ name, example }) => [name, example] as const))(
    'the example of %s prints what it says',
    (name, example) => {
      const promised = promisedBy(example);
      expect(promised.length).toBeGreaterThan(0);
      expect(linesOf(`out/${name}.js`)).toEqual(promised);
    },
  );
});

describe('examples', () => {
  const broken = [
    "'one thread is inside' is violated by 4 steps:",
    '  1  a looks  at.a: "outside" → "saw it free"',
    '  2  b looks  at.b: "outside" → "saw it free"',
    '  3  a takes  holder: null → "a", at.a: "saw it free" → "inside"',
    '  4  b takes  holder: "a" → "b", at.b: "saw it free" → "inside"',
  ];

  it('lock.ts holds, and shows how the broken one lets both in', () => {
    expect(linesOf('out/lock.js')).toEqual(broken);
  });

  it('lock.mjs does the same in JavaScript', () => {
    expect(linesOf('lock.mjs')).toEqual(broken);
  });

  it('are as short as they say', () => {
    for (const file of inFolder.filter((name) => name.startsWith('lock'))) {
      const lines = readFileSync(join(root, 'examples', file), 'utf8')
        .trimEnd()
        .split('\n');
      expect(lines.length, file).toBeLessThanOrEqual(45);
    }
  });

  it('are all known', () => {
    expect(inFolder.toSorted()).toEqual(['lock.mjs', 'lock.ts', 'two-phase-commit.ts']);
  });
});
