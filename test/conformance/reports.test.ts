import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compareWithBaseline, readBaseline } from '../../cli/formats/baseline.ts';
import { quoted } from '../../cli/formats/conform-report.ts';
import { breach } from '../../conformance/checks/breach.ts';
import type { CheckResult } from '../../conformance/checks/check.ts';
import { diedOf } from '../../conformance/checks/conclude.ts';
import { defectsIn } from '../../conformance/checks/defects.ts';
import { shimSpec } from '../cli/shim-spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function resultOf(name: string, rest: Partial<CheckResult> = {}): CheckResult {
  const verdict = (rest.breaches ?? []).length > 0 ? 'violates' : 'conforms';
  return {
    name,
    group: 'races',
    rules: [],
    verdict,
    breaches: [],
    notes: [],
    moments: [],
    events: [],
    elapsedMs: 1,
    replay: null,
    ...rest,
  };
}

/** A shim's log that ends in a panic in `func`, at `address`. */
function panicLog(func: string, address: string): string {
  return `level=info msg=x\npanic: close of closed channel\n\ngoroutine 7 [running]:\nruntime.x(${address})\n\t/go/a.go:1\nmain.${func}(${address})\n\t/go/b.go:2\ncreated by main.start\n\t/go/c.go:3\n`;
}

describe('defectsIn', () => {
  it('takes the same panic, and the same events with other pids, for one defect', () => {
    const lost = breach('no exit is lost', 'c1', 'pid 7 has ended');
    const defects = defectsIn([
      resultOf('a', { breaches: [diedOf(panicLog('close', '0xc1'))], events: ['create c1 pid 1'] }),
      resultOf('b', { breaches: [lost], events: ['create c1 pid 7', 'start c1 pid 7'] }),
      resultOf('c', { breaches: [diedOf(panicLog('close', '0xc2'))], events: [] }),
      resultOf('d', { breaches: [lost], events: ['create c1 pid 9', 'start c1 pid 9'] }),
      resultOf('e', { breaches: [diedOf(panicLog('other', '0xc1'))], events: [] }),
      resultOf('f'),
    ]);
    expect(defects.map(({ name, checks }) => [name, checks.map((check) => check.name)])).toEqual([
      ['the shim lives on: panic: close of closed channel', ['a', 'c']],
      ['no exit is lost', ['b', 'd']],
      ['the shim lives on: panic: close of closed channel', ['e']],
    ]);
    expect(defects[0]?.breaches[0]?.stack).toContain('main.close(0xc1)');
  });
});

describe('a baseline', () => {
  const lost = breach('no exit is lost', 'c1', 'x');
  const died = breach('the shim lives on', 'the shim', 'y');
  const file = join(folder, 'baseline');

  it('tells known failures from new ones, and says which are mended', () => {
    writeFileSync(file, '# known\na: no exit is lost\n\nb: the shim lives on\nc: no exit is lost\n');
    const results = [resultOf('a', { breaches: [lost] }), resultOf('b'), resultOf('d', { breaches: [died] })];
    const { known, news, mended, isKnown } = compareWithBaseline(readBaseline(file), results);
    expect([known, news, mended]).toEqual([
      ['a: no exit is lost'],
      ['d: the shim lives on'],
      ['b: the shim lives on'],
    ]);
    expect(results.map(isKnown)).toEqual([true, false, false]);
  });

  it('is a report of conform as well', () => {
    const unjudged = resultOf('b', { verdict: 'could not judge' });
    const results = [resultOf('a', { breaches: [lost, died] }), unjudged];
    writeFileSync(file, JSON.stringify({ shim: '/bin/true', results }));
    expect([...readBaseline(file)]).toEqual([
      'a: no exit is lost',
      'a: the shim lives on',
      'b: could not judge',
    ]);
  });

  it('that cannot be used is refused before a shim is run', () => {
    for (const [name, text] of [
      ['lines', 'no rule here\n'],
      ['json', '{"results": 1}'],
    ] as const) {
      writeFileSync(join(folder, name), text);
      const { code, err } = shimSpec('conform', '--shim', '/bin/true', '--baseline', join(folder, name));
      expect([code, err]).toEqual([151, expect.stringContaining('cannot be used (got') as string]);
    }
  });
});

describe('the repeat command', () => {
  it('is quoted for a shell', () => {
    expect(['/a/b-c', 'an exec (c1)', 'an "x"', "it's $1"].map(quoted)).toEqual([
      '/a/b-c',
      '"an exec (c1)"',
      `'an "x"'`,
      `'it'\\''s $1'`,
    ]);
  });
});

describe('shim-spec conform --list', () => {
  it('lists the checks that --only selects, each with its rules, and runs none', () => {
    const { code, out } = shimSpec('conform', '--list', '--only', 'an init is killed', '--only', 'Shutdown');
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toEqual([
      'rules  an init is killed by a signal: an exit status is the exit code, or 128 plus the signal',
      'rules  Shutdown after the last Delete ends the shim and leaves nothing: nothing is left behind',
      'races  Shutdown leaves no process behind (create c1) [main]: Shutdown leaves no process behind',
    ]);
    expect(shimSpec('conform').code).toBe(150);
  });
});
