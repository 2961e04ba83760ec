import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { SearchOptions } from '../../checker/index.ts';
import type { Engine } from '../../checker/limits.ts';
import { planOf, type SearchOption } from '../../checker/plan.ts';
import { startCrew } from '../../checker/threads/index.ts';
import { spellFlag } from '../../cli/flags/spelling.ts';
import { fromHash } from '../../docs/explorer/address.ts';
import { main, shimSpec } from './shim-spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-refusals-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A bound whose search takes minutes: whoever answers at once did not search. */
const large = ['--containers', '3', '--execs', '8', '--with', 'all'];

/** What a command says that is refused. */
function refused(...args: string[]): { code: number | null; err: string } {
  const begin = performance.now();
  const { code, out, err } = shimSpec(...args);
  expect(out).toBe('');
  expect(err).not.toMatch(/\n {4}at |"progress"/);
  expect(performance.now() - begin).toBeLessThan(30_000);
  return { code, err };
}

describe('shim-spec, before it searches', () => {
  const names = (flag: string, value: string): string[] => ['check', ...large, flag, value];
  it.each<[string[], number, string]>([
    [
      names('--show', 'no deadlok'),
      150,
      'names no property within this bound (got no deadlok, allowed all, none',
    ],
    [names('--show', 'no deadlok'), 150, "did you mean 'no deadlock'?"],
    [names('--coverage-of', 'ShimLoks'), 150, "--coverage-of 'ShimLoks' names no action (got ShimLoks"],
    [
      names('--output', '/nonexistent/x'),
      151,
      '--output /nonexistent/x cannot be written (got no such file or folder, ENOENT, allowed a file in',
    ],
    [names('--output', folder), 151, 'cannot be written (got a folder, EISDIR, allowed a file in'],
    [
      names('--checkpoint', '/nonexistent/x'),
      151,
      '--checkpoint /nonexistent/x cannot be written (got no such file or folder, ENOENT, allowed',
    ],
    [['check', 'main', '--all'], 150, 'a revision cannot be combined with --all (got main, allowed none)'],
    [['check', ...large, '--all', '--format', 'sarif'], 150, '--format sarif cannot be combined with --all'],
    [['check', ...large, '--all', '--show', 'none'], 150, '--show cannot be combined with --all'],
    [['check', ...large, '--format', 'json', '--profile'], 150, '--format json does not support --profile'],
    [
      ['check', ...large, '--format', 'junit', '--coverage'],
      150,
      '--format junit does not support --coverage',
    ],
    [['check', ...large, '--format', 'json', '--show', 'all'], 150, '--format json does not support --show'],
    [
      ['check', ...large, '--format', 'itf', '--show', 'all'],
      150,
      '--format itf does not support --show all',
    ],
    [['check', ...large, '--checkpoint-every', '3'], 150, '--checkpoint-every needs --checkpoint'],
    [
      ['check', '--with', 'kil'],
      150,
      "--with has no option 'kil' (got 'kil', allowed shared-pid-namespace, ",
    ],
    [
      ['check', '--with', 'all,none'],
      150,
      "--with cannot combine 'all' with others (got 'all,none', allowed shared-pid-namespace, ",
    ],
    [['check', '--with', ''], 150, 'or all, none): give one, or none'],
    [['check', '--with', 'nonsense'], 150, 'or all, none): give one of these'],
    [['check', 'nosuch'], 150, 'or a path such as ./mine.mjs): give one of these'],
    [
      ['causes', 'main', '--with', 'delete,reaper'],
      150,
      "--with takes no part of the road here (got 'reaper', allowed shared-pid-namespace, ",
    ],
    [['causes', 'main', '--with', 'reaper'], 150, 'leave reaper out; check and live take it'],
    [['conform', '--list', '--format', 'json'], 150, '--format cannot be combined with --list'],
    [['check', '--with', 'constructor'], 150, "--with has no option 'constructor'"],
    [
      ['check', '--execs', ''],
      150,
      '--execs cannot be used (got an empty text, allowed an integer from 0 to 8): give one in that range',
    ],
    [
      ['live', ...large, '--max-states', '1e9'],
      150,
      '--max-states cannot be used (got 1e9, allowed an integer from 1 to 100000000): give one in that range',
    ],
    [
      ['simulate', ...large, '--walks', '0'],
      150,
      '--walks cannot be used (got 0, allowed an integer from 1 to 100000000): give one in that range',
    ],
    [['diff', 'main', 'mian', ...large], 150, 'there is no revision mian (got mian, allowed big-lock, '],
    [['replay', '--property', 'x', '--choices', '0'], 150, '--property needs --trace'],
    [
      ['replay', 'main', '--trace', 'x'],
      150,
      'a revision cannot be combined with --trace (got main, allowed none)',
    ],
    [['replay', '--execs', '1', '--trace', 'x'], 150, '--execs cannot be combined with --trace'],
    [
      ['replay', '--choices', '0', '--picture', 'svg', '--format', 'json'],
      150,
      '--format cannot be combined with --picture',
    ],
    [
      ['explore', '--port', '65536'],
      150,
      '--port cannot be used (got 65536, allowed an integer from 0 to 65535): give one in that range',
    ],
  ])('refuses %j', (args, code, text) => {
    const { code: got, err } = refused(...args);
    expect(err).toContain(text);
    expect(got).toBe(code);
  });

  it('refuses what conform cannot do before it looks for a shim', () => {
    const conform = (...flags: string[]): { code: number | null; err: string } =>
      refused('conform', '--shim', '/no/such/shim', ...flags);
    const typo = conform('--only', 'an init ends', '--only', 'an init endz');
    expect(typo.err).toContain("--only 'an init endz' selects no check");
    expect(typo.err).toContain("the closest are 'an init ends with exit code 7'");
    expect(typo.code).toBe(150);
    expect(conform('--runs', '0', '--only', 'generated').err).toContain(
      "--only 'generated' selects no check",
    );
    expect(conform('--only', 'generated').code).toBe(153);
    for (const flag of ['--only', '--runs', '--seed', '--time-limit'])
      expect(conform('--from', 'x', flag, '3').err).toContain(`${flag} cannot be combined with --from`);
    expect(conform('--path', '3').err).toContain('--path needs --seed');
    expect(conform('--seed', '1', '--path', 'x').err).toContain('--path x is not a path');
    expect(conform('--property', 'no deadlock').err).toContain('--property needs --from');
    expect(conform('--output', '/nonexistent/x').code).toBe(151);
    expect(conform('--from', '/nonexistent/x')).toMatchObject({ code: 151 });
  });

  it('refuses a report that conform or replay cannot follow', () => {
    const file = join(folder, 'report.json');
    shimSpec('check', '--execs', '0', '--with', 'none', '--format', 'json', '--output', file);
    const report = JSON.parse(readFileSync(file, 'utf8'));
    const conform = (...flags: string[]): { code: number | null; err: string } =>
      refused('conform', '--shim', '/no/such/shim', '--from', file, ...flags);
    expect(conform('--property', 'no deadlok').err).toContain("did you mean 'no deadlock'?");
    const inside = conform('--property', 'an exit is found in running');
    expect(inside.err).toContain("'an exit is found in running' cannot be seen from outside a shim");
    expect(inside.code).toBe(150);
    expect(conform().code).toBe(153);
    const write = (edit: (copy: typeof report) => void): void => {
      const copy = structuredClone(report);
      edit(copy);
      writeFileSync(file, JSON.stringify(copy));
    };
    write((copy) =>
      copy.results.find((r: { verdict: string }) => r.verdict === 'violated').trace.steps.splice(1, 1),
    );
    expect(conform().code).toBe(152);
    write((copy) => {
      copy.bound.execs = 'two';
    });
    const bad = refused('replay', '--trace', file);
    expect([bad.code, bad.err]).toEqual([
      151,
      expect.stringContaining(
        'cannot be used: execs cannot be used (got two, allowed an integer from 0 to 8): give one in that range',
      ) as string,
    ]);
  });

  it('keeps the verdicts where a property that is named turns out to have no trace', () => {
    const { code, out, err } = shimSpec('check', '--execs', '0', '--show', 'create precedes start');
    expect([code, err]).toEqual([11, '']);
    expect(out).toContain('complete: ');
    expect(out).toContain("\n'create precedes start' has no trace: it holds\n");
    expect(out).toMatch(/\n\d violated rules; print them with --show all\n$/);
    const itf = shimSpec('check', 'proposed', '--execs', '0', '--format', 'itf');
    expect([itf.code, itf.out]).toEqual([150, '']);
    expect(itf.err).toMatch(/complete: [\s\S]*--format itf has no trace to write/);
  });
});

describe('a command line that is refused', () => {
  it.each<[string, string[], string]>([
    [
      'a missing argument',
      ['drift'],
      'drift lacks its argument <folder> (got nothing, allowed a checkout of containerd, or the folder of its Go module): add it; see shim-spec drift --help',
    ],
    [
      'an argument too many',
      ['drift', 'one', 'two', 'three'],
      'drift has too many arguments (got 3, allowed at most 1: <folder>): leave two three out',
    ],
    ['arguments that nothing takes', ['worker', 'x'], 'worker needs --queue <url> (got nothing, allowed the'],
    ['an unknown command', ['chekc'], 'there is no command chekc (got chekc, allowed check, '],
    ['a command that is nothing like ours', ['zzzz'], 'explore): give one of these'],
    ['an unknown flag', ['check', '--exec', '1'], 'did you mean --execs?'],
    [
      'a flag without its value',
      ['check', '--format'],
      '--format <format> lacks its value (got nothing, allowed text, json, junit, sarif, itf): add it, or leave the flag out',
    ],
    ['a value that is none', ['merge', 'x', '--format', 'xml'], "(got 'xml', allowed text, json, svg): "],
    ['a name', ['watch', '--node', 'a b'], "the name 'a b' cannot be used (got a b, allowed up to 128"],
    ['an address', ['watch', '--metrics', ':x'], '--metrics :x cannot be used (got :x, allowed a port or'],
  ])('says what was got, what is allowed and what to do: %s', (_, args, text) => {
    const { code, err } = refused(...args);
    expect(err).toContain(text);
    expect(err).toMatch(/^shim-spec: .+ \(got .+, allowed .+\): .+\n$/);
    expect(code).toBe(150);
  });
});

describe('shim-spec --output', () => {
  it('leaves a file as it is until the result is whole, and nothing beside it', () => {
    const file = join(folder, 'kept');
    writeFileSync(file, 'before');
    expect(shimSpec('check', '--show', 'nosuch', '--output', file).code).toBe(150);
    expect(readFileSync(file, 'utf8')).toBe('before');
    const link = join(folder, 'link');
    symlinkSync(file, link);
    expect(shimSpec('check', '--execs', '0', '--output', link)).toMatchObject({ code: 11, out: '' });
    expect(readFileSync(file, 'utf8')).toContain('complete: ');
    rmSync(file);
    expect(shimSpec('check', '--execs', '0', '--output', link).code).toBe(11);
    expect(readFileSync(file, 'utf8')).toContain('complete: ');
    expect(readdirSync(folder).filter((name) => name.includes('part'))).toEqual([]);
    expect(shimSpec('check', '--bogus', '--output', join(folder, 'new')).code).toBe(150);
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  it('writes to what cannot be replaced', () => {
    expect(shimSpec('check', '--execs', '0', '--output', '/dev/null')).toMatchObject({ code: 11, out: '' });
    const pipe = join(folder, 'pipe');
    const script = 'mkfifo "$1"; cat "$1" & "$2" "$3" check --execs 0 --output "$1"; wait';
    const { stdout } = spawnSync('sh', ['-c', script, 'sh', pipe, process.execPath, main], {
      encoding: 'utf8',
    });
    expect(stdout).toContain('complete: ');
  });
});

describe('the errors of the API, the command line and the explorer', () => {
  const crew = startCrew(2);
  const cases: [Engine, SearchOptions, string[]][] = [
    ['symbolic', { crew }, ['--engine', 'symbolic', '--workers', '2']],
    ['symbolic', { limits: { depthMax: 3 } }, ['--engine', 'symbolic', '--max-depth', '3']],
    ['symbolic', { limits: { stopAtViolation: true } }, ['--engine', 'symbolic', '--no-continue']],
    ['symbolic', { reduction: 'symmetry' }, ['--engine', 'symbolic', '--reduce', 'symmetry']],
    ['plain', { crew }, ['--engine', 'plain', '--workers', '2']],
    ['plain', { onLevel: () => undefined }, ['--engine', 'plain', '--checkpoint', join(folder, 'none')]],
    ['fast', { reduction: 'unread' }, ['--reduce', 'unread']],
    ['fast', { shortest: true }, ['--shortest']],
    ['fast', { reduction: 'symmetry', crew }, ['--reduce', 'symmetry', '--workers', '2']],
    ['fast', { limits: { depthMax: 2_000_000 } }, ['--max-depth', '2000000']],
    ['fast', { limits: { statesMax: 0 } }, ['--max-states', '0']],
  ];
  for (const [engine, options, flags] of cases) {
    it(`are the same but for the spelling: ${flags.join(' ')}`, () => {
      const said = (spell?: (option: SearchOption) => string): string => {
        try {
          planOf({ ...options, engine }, spell);
        } catch (error) {
          return (error as Error).message;
        }
        throw new Error('nothing is wrong');
      };
      const { code, err } = refused('check', ...large, ...flags);
      expect(err).toBe(`shim-spec: ${said(spellFlag)}\n`);
      expect(said()).not.toBe(said(spellFlag));
      expect(code).toBe(150);
    });
  }

  it.each([
    ['containers', '9'],
    ['execs', 'NaN'],
    ['with', 'kil'],
  ])('are the same for a bound: %s %s', (part, value) => {
    const { view, unknown } = fromHash(`#revision=main&${part}=${value}`);
    const { err } = refused('check', `--${part}`, value);
    expect(unknown).toEqual([err.trim().replace('shim-spec: --', '')]);
    expect(view).toMatchObject({ revision: 'main', bound: { containers: 1, execs: 1, delete: true } });
  });

  it('are the same for a revision', () => {
    const { view, unknown } = fromHash('#revision=mian&with=none&path=0.1&at=3');
    expect(unknown).toEqual([
      refused('check', 'mian').err.trim().replace('shim-spec: ', ''),
      'at cannot be used (got 3, allowed an integer from 0 to 2): give one in that range',
    ]);
    expect(view).toMatchObject({ revision: 'early-exits', bound: { delete: false }, path: [0, 1], at: 2 });
  });
});
