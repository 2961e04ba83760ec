import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sealed } from '../../../cli/causes/sealed.ts';
import { foreignWords } from '../hostile/hostile-files.ts';
import { shimSpec } from '../shim-spec.ts';
import { interrupted } from '../terminal/interrupted.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-shards-'));
afterAll(() => rmSync(folder, { recursive: true }));

const question = ['causes', 'main', '--execs', '0', '--with', 'shared-pid-namespace,delete,shutdown'];
const whole = shimSpec(...question, '--format', 'json').out;
const [one, two] = ['1/2', '2/2'].map((shard) => {
  const file = join(folder, `${shard.replace('/', '-of-')}.json`);
  expect(shimSpec(...question, '--shard', shard, '--output', file).code).toBe(0);
  return file;
}) as [string, string];
const text = readFileSync(two, 'utf8');

/** What merge says of the first shard and of a file in place of the second one. */
function refusedWith(content: string): string {
  const file = join(folder, 'instead.json');
  writeFileSync(file, content);
  const { code, out, err } = shimSpec('merge', one, file);
  expect([code, out]).toEqual([151, '']);
  expect(err).not.toMatch(foreignWords);
  expect(err).toMatch(/^shim-spec: .+ cannot be merged \(got .+, allowed .+\): .+\n$/);
  return err;
}

describe('merge', () => {
  it('puts shards together to the answer of one process, in any order', () => {
    expect(shimSpec('merge', two, one, '--format', 'json')).toEqual({ code: 0, out: whole, err: '' });
  });

  it('believes no file that is damaged, or has no checksum', () => {
    expect(refusedWith(text.replaceAll('"verdict":"violated"', '"verdict":"holds"'))).toContain(
      'its checksum does not match',
    );
    expect(refusedWith(text.replaceAll('"holds"', '"violated"'))).toContain('its checksum does not match');
    expect(refusedWith(text.replace(/,"sum":"\w+"/, ''))).toContain('it has no checksum');
    expect(refusedWith(text.slice(0, 100))).toContain('it is not JSON');
    for (const other of ['[]', 'null', '7', '{"format":"shim-spec shard 1"}'])
      expect(refusedWith(other)).toContain("it is not of the format 'shim-spec shard 2'");
  });

  it('refuses what is senseless though its checksum is right', () => {
    const [shard] = [JSON.parse(text)];
    const [, result] = shard.results[0];
    const broken = result.rules.findIndex(({ verdict }: { verdict: string }) => verdict === 'violated');
    expect(broken).toBeGreaterThanOrEqual(0);
    for (const [path, value, said] of senseless(broken)) {
      const { sum, ...copy } = structuredClone(shard);
      // Which result merge asks for first is its own matter.
      const results = path[0] === 'result' ? copy.results.map(([, each]: unknown[]) => each) : [copy];
      for (const each of results) set(each, path[0] === 'result' ? path.slice(1) : path, value);
      expect(refusedWith(sealed(copy)), String(path)).toContain(said);
    }
  });

  it('names a shard that is given twice, or not at all', () => {
    const merge = (...files: string[]): string => {
      const { code, out, err } = shimSpec('merge', ...files);
      expect([code, out]).toEqual([151, '']);
      return err;
    };
    const twice = `${one} cannot be merged (got shard 1 of 2 twice, for ${one} is it, too, allowed each shard once)`;
    expect(merge(one, one)).toContain(twice);
    expect(merge(one, one, two)).toContain(twice);
    expect(merge(two)).toContain('got 1 file, without 1 of 2');
  });

  it('refuses other code and another sweep', () => {
    const { sum, ...other } = JSON.parse(text);
    other.sweep.revisions[0].code = 'x';
    expect(refusedWith(sealed(other))).toContain(`a shard of another sweep than ${one}`);
  });
});

/** Where something is put in a shard, or in each of its results, and what is said of it. */
function senseless(broken: number): [path: (string | number)[], value: unknown, said: string][] {
  return [
    [['sweep'], 3, 'a file without its sweep'],
    [['sweep', 'count'], '2', '"2" as the number of shards'],
    [['index'], 3, '3 as the number of a shard'],
    [['sweep', 'revisions'], [], 'a file without revisions'],
    [['sweep', 'revisions', 0, 'slug'], 'mian', 'the revision {"slug":"mian"'],
    [['sweep', 'revisions', 0], null, 'the revision null'],
    [['sweep', 'bound', 'with'], 'reaper', 'the bound {'],
    [['sweep', 'bound', 'execs'], 99, 'the bound {'],
    [['sweep', 'bound'], undefined, 'the bound nothing'],
    [['sweep', 'limits', 'statesMax'], -1, 'the limits {"statesMax":-1'],
    [['results'], {}, 'a file without results'],
    [['results', 0], null, 'the result null'],
    [['results'], [], 'none that has searched ["main"'],
    [['results', 0, 1], null, 'cannot be merged'],
    [['result', 'end'], 'interrupt', 'a result with the end "interrupt"'],
    [['result', 'states'], 'many', 'a result with "many" as its states'],
    [['result', 'rules'], {}, 'a result without rules'],
    [['result', 'rules'], [], 'a result without the rule "start precedes exit"'],
    [['result', 'rules', 0], null, 'a result with the rule null'],
    [['result', 'rules', 0, 'rule'], 'no such rule', '"no such rule", which is no rule or is there twice'],
    [['result', 'rules', broken, 'verdict'], 'broken', 'a result with the rule {'],
    [['result', 'rules', broken, 'used'], ['nothing'], 'a result with the rule {'],
    [['result', 'rules', broken, 'trace'], [{}], 'a result with the rule {'],
    [
      ['result', 'rules', broken, 'trace'],
      [{ type: 'ShimSings' }],
      'a counterexample with {"type":"ShimSings"}',
    ],
  ];
}

function set(whole: unknown, path: readonly (string | number)[], value: unknown): void {
  const [last = '', ...before] = path.toReversed();
  let at = whole as Record<string | number, unknown>;
  for (const part of before.toReversed()) at = at[part] as Record<string | number, unknown>;
  // Another rule may be broken in other results.
  if (path[0] === 'rules' && path.length > 2 && last !== 'rule' && at?.verdict !== 'violated') return;
  at[last] = value;
}

describe('causes --shard', () => {
  it('says which shards there can be, and what to do where there are too many', () => {
    const err = (...args: string[]): string => shimSpec('causes', ...args).err;
    const [, ...asked] = question;
    expect(err(...asked, '--shard', '1/3')).toContain(
      'allowed at most 2, one for each revision and pid namespace): take 2 shards, or ask of every revision with --all, or use --queue',
    );
    expect(err('main', '--with', 'delete,kill', '--shard', '1/2')).toContain(
      'leave --shard out, or add shared-pid-namespace to --with, or ask of every revision with --all, or',
    );
    expect(err(...asked, '--shard', '3/2')).toContain('allowed I/N with I from 1 to N');
  });

  it('writes no file where it is ended by Ctrl-C, and goes on from its cache', async () => {
    const [file, cache] = [join(folder, 'ended.json'), join(folder, 'cache')];
    const long = ['causes', 'main', '--execs', '1', '--max-states', '3000', '--workers', '1'];
    const args = [...long, '--shard', '1/2', '--cache', cache, '--output', file];
    const found = (): number => (existsSync(cache) ? readdirSync(cache).length : 0);
    for (const before of [0, 1]) {
      const already = found();
      expect(already).toBeGreaterThanOrEqual(before);
      const { code, out, err } = await interrupted('SIGINT', () => found() > already, ...args);
      expect([code, out]).toEqual([20, '']);
      expect(err).toMatch(new RegExp(`${already} search(es were| was) in the cache`));
      expect(err).toContain('shard 1 of 2 was ended, and no file is written (got Ctrl-C or SIGTERM, allowed');
      expect(existsSync(file)).toBe(false);
    }
  });
});
