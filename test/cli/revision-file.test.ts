import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDeep } from '../depth.ts';
import { type Ended, shimSpec } from './shim-spec.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-mine-'));
const bound = ['--execs', '0'];

beforeAll(() => {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/shim-spec'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a module that changes `main`, with these fields besides. @returns its path */
function module(name: string, fields: string, before = ''): string {
  const file = join(folder, name);
  writeFileSync(
    file,
    `import { byExitLoop, mainRevision as main, revisionOf } from 'shim-spec/spec';
${before}
const { ShimReceivesExit } = main.steps;
export default revisionOf({ ...main, slug: 'mine', title: 'mine', codeOf: 'main', ${fields} });
`,
  );
  return file;
}

/** `main`, but for one line: what is kept of a container that is gone goes with the next exit. */
const mended = `steps: { ...main.steps, ShimReceivesExit: { ...ShimReceivesExit, take: (s) => {
    if (!ShimReceivesExit.take(s, {})) return false;
    for (const c of Object.keys(s.containers)) if (!s.containers[c]) s.containerInitExit[c] = null;
    return true;
  } } }`;

describe('shim-spec check A B', () => {
  const file = module('mine.js', mended);
  const kept = 'nothing is kept of a deleted container';

  it('prints the revisions side by side, then the traces of what differs', () => {
    const { code, out, err } = shimSpec('check', 'main', file, ...bound);
    expect(err).toBe('');
    expect(out).toMatch(/^ {2}property +main {2}mine$/m);
    expect(out).toMatch(new RegExp(`^ {2}${kept} +20 {5}✓$`, 'm'));
    const traces = out.split('\n').filter((line) => line.includes('counterexample: '));
    expect(traces).toContain(`main: '${kept}' (c1), shortest counterexample: 20 steps; it holds in mine`);
    expect(traces.filter((line) => line.includes(' steps'))).toHaveLength(1);
    expect(code).toBe(12);
  });

  it('says where nothing differs', () => {
    const { out } = shimSpec('check', 'pending-execs', 'defer-init-only', ...bound);
    expect(out).toContain('\nno difference within this bound: neither breaks a rule that the other keeps');
    expect(out).not.toContain('shortest counterexample:');
  });

  it('prints no trace, or those of one rule', () => {
    const count = (show: string): number =>
      shimSpec('check', 'main', file, ...bound, '--show', show).out.split('shortest counterexample: ')
        .length - 1;
    expect([count('none'), count('delete follows exit')]).toEqual([0, 2]);
  });

  it('writes JSON as --all does', () => {
    const { out } = shimSpec('check', 'main', file, ...bound, '--format', 'json');
    const { revisions } = JSON.parse(out) as { revisions: { revision: { slug: string; file?: string } }[] };
    expect(revisions.map(({ revision }) => [revision.slug, revision.file])).toEqual([
      ['main', undefined],
      ['mine', file],
    ]);
  });

  it('refuses two of one slug, and names both', () => {
    const other = join(folder, 'other.js');
    cpSync(file, other);
    expect(shimSpec('check', file, other, ...bound)).toMatchObject({
      code: 150,
      err: `shim-spec: two revisions have the slug mine (got it of ${file} and of ${other}, allowed once): change the slug in ${other}\n`,
    });
    expect(shimSpec('check', 'main', 'main', ...bound).err).toContain(
      '(got it of main and of main, allowed once)',
    );
    const main = module('main.js', "slug: 'main'");
    expect(shimSpec('check', main, ...bound).err).toContain(`(got it of main and of ${main}, allowed once)`);
  });

  it('refuses what is about one revision', () => {
    expect(shimSpec('check', 'main', file, '--profile').err).toContain(
      '--profile cannot be combined with several revisions',
    );
  });
});

describe('a revision of a path', () => {
  const file = module('mine again.mjs', mended);
  const words = (line: string): string[] =>
    (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", '')).slice(2);

  it('is taken by every command that takes a revision', () => {
    expect(shimSpec('diff', 'main', file, ...bound)).toMatchObject({ code: 0, err: '' });
    expect(shimSpec('graph', file, ...bound, '--as', 'aut').out).toMatch(/^des \(/);
    if (!isDeep) return;
    expect(shimSpec('simulate', file, ...bound, '--walks', '5').out).toContain('mine: mine');
    expect(shimSpec('live', file, ...bound).out).toContain('mine: mine');
    const { out } = shimSpec('validate', join(root, 'docs/guides/overtaken.log'), '--spec', file);
    expect(out).toContain('of mine');
  });

  it('is named by the command that replays a trace, and by the report', () => {
    const { out } = shimSpec('check', file, ...bound);
    const replay = /replay: (.*)/.exec(out)?.[1] ?? '';
    expect(replay).toContain(`'${file}'`);
    expect(shimSpec(...words(replay)).out).toContain(/breaks '.*/.exec(out)?.[0] ?? 'no breach');
    const report = join(folder, 'report.json');
    shimSpec('check', file, ...bound, '--format', 'json', '--output', report);
    expect(shimSpec('replay', '--trace', report).out).toContain('mine: 1 container');
  });
});

describe('a module that is no revision', () => {
  const check = (file: string): Ended => shimSpec('check', file, ...bound);
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it('is refused with what was got, what is allowed and what to do', () => {
    const said: readonly (readonly [file: string, code: number, part: string])[] = [
      ['./nosuch.js', 151, 'there is no revision ./nosuch.js (got a path without a file, allowed a .js'],
      [
        write('a.mjs', 'export const x = 1;'),
        151,
        'exports no revision (got x, allowed one, as default): write',
      ],
      [
        write('b.mjs', 'export const x = { steps: {} }, y = { steps: {} };'),
        151,
        'exports several revisions (got x, y, allowed one, as default): write',
      ],
      [write('c.mjs', 'export default { steps: {} };'), 151, 'has no slug (got undefined, allowed a string)'],
      [write('d.mjs', '\nexport defaul 1;'), 151, `(got ${join(folder, 'd.mjs')}:2: SyntaxError: `],
      [write('e.mjs', '\nundefined.x;'), 151, `(got ${join(folder, 'e.mjs')}:2:11: TypeError: `],
      [module('f0.js', "slug: 'a\\u001b[31m'"), 151, '(got "a\\u001b[31m", allowed letters, '],
      [module('f.js', 'steps: { ...main.steps, ShimKills: (s) => true }'), 151, 'the step ShimKills of'],
    ];
    for (const [file, code, part] of isDeep ? said : said.slice(2, 7)) {
      const ended = check(file);
      expect(ended.err).toContain(part);
      expect(ended).toMatchObject({ code, out: '' });
    }
  });

  it.each([
    ['ends the process', 'process.exit(0);'],
    ['waits for ever', 'await new Promise(() => undefined);'],
  ])('is not taken for a verdict where it %s', (_, line) => {
    const { code, out, err } = check(write('ends.mjs', line));
    expect([code, out]).toEqual([75, '']);
    expect(err).toContain('ended before its result (got process.exit, or an await that nothing settles');
  });

  it('says what to do where Node imports no TypeScript, or finds no shim-spec', () => {
    const lonely = mkdtempSync(join(tmpdir(), 'shim-spec-lonely-'));
    try {
      writeFileSync(join(lonely, 'package.json'), '{}\n');
      cpSync(join(folder, 'mine.js'), join(lonely, 'mine.mjs'));
      expect(check(join(lonely, 'mine.mjs')).err).toContain(': run npm install shim-spec in its folder');
      mkdirSync(join(folder, 'old'));
      writeFileSync(join(folder, 'old/package.json'), '{ "type": "commonjs" }\n');
      cpSync(join(folder, 'mine.js'), join(folder, 'old/mine.js'));
      expect(check(join(folder, 'old/mine.js')).err).toContain(': rename it to end in .mjs');
      cpSync(join(folder, 'mine.js'), join(folder, 'mine.ts'));
      const { code, err } = check(join(folder, 'mine.ts'));
      if (Number(process.versions.node.split('.')[0]) < 22) {
        expect(code).toBe(151);
        expect(err).toContain('allowed .js and .mjs; .ts from Node 22.18 on): compile it (npx tsc ');
      } else expect(code).toBe(12);
    } finally {
      rmSync(lonely, { recursive: true });
    }
  });

  it('is named with the step and its place where a step throws', () => {
    const throwing = module(
      'g.js',
      'steps: { ...main.steps, ShimReceivesExit: byExitLoop(bad) }',
      'function bad(s) {\n  return s.nosuch.x;\n}',
    );
    for (const engine of isDeep ? ['fast', 'plain', 'symbolic'] : ['fast']) {
      const { code, err } = shimSpec('check', throwing, ...bound, '--engine', engine);
      expect(err).toContain(
        `bug in the model: step ShimReceivesExit of mine failed (got ${throwing}:3:19: TypeError: Cannot read properties of undefined (reading 'x'), allowed no error): mend it\n    at bad (file://${throwing}:3:19)\n`,
      );
      expect(code).toBe(75);
    }
  });

  it('is named without a stack of ours where a step returns a promise', () => {
    const late = 'steps: { ...main.steps, ShimReceivesExit: byExitLoop(async () => true) }';
    const { code, err } = check(module('late.js', late));
    expect(err.trimEnd()).toMatch(
      /^shim-spec: bug in the model: .*\(got Promise, allowed true or false\).*$/,
    );
    expect(code).toBe(75);
  });

  it('is named with what else throws, and its place', () => {
    const bad = 'function bad(s) {\n  return s.nosuch.x;\n}';
    const rule =
      "{ ...main.rules({ execs: 1 }, { runningExecs: {} })[0], name: 'bad', subjects: ['c1'], check: bad }";
    const all = [
      ['initial', 'initial: bad'],
      ['keeps', 'keeps: bad'],
      ['afterRunc', 'afterRunc: bad'],
      ['rules', 'rules: bad'],
      ["rule 'bad'", `rules: () => [${rule}]`],
    ] as const;
    for (const [what, fields] of isDeep ? all : all.slice(-2)) {
      const file = module('bad.js', fields, bad);
      const { code, err } = check(file);
      expect(err).toContain(`bug in the model: ${what} of mine failed (got ${file}:3:19: TypeError: `);
      expect(code).toBe(75);
    }
  });

  it('says which text and lines its traces lack', () => {
    const lacking = module(
      'h.js',
      `steps: { ...main.steps, ShimWaits: byExitLoop(() => false), ShimRests: byCalls(['start', 'kill'], () => false, { text: 'rests', lines: { start: 'a.go#L1' } }) }, codeOf: 'nosuch'`,
      "import { byCalls } from 'shim-spec/spec';",
    );
    const { err } = check(lacking);
    expect(err).toContain('step ShimWaits has no text (got none, allowed { text, lines })');
    expect(err).toContain('step ShimRests has no lines for kill init, kill exec (got start)');
    expect(err).toContain('traces show no Go lines (got codeOf nosuch, allowed big-lock, ');
  });
});
