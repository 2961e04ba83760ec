import { describe, expect, it } from 'vitest';
import { knownGoTests } from '../../../bench/go-tests/known.ts';
import { goTests } from '../../../conformance/go-test/go-test.ts';
import { readKnownRaces } from '../../../conformance/races/known-races.ts';
import { shimSpec } from '../../cli/shim-spec.ts';

const tests = knownGoTests();

describe('goTests', () => {
  it('makes a test of every known race, each with a name of its own and the whole interleaving', () => {
    const names = [...goTests(tests).matchAll(/^func (Test\w+)\(/gm)].map(([, name]) => name);
    expect(names).toHaveLength(readKnownRaces().length);
    expect(new Set(names).size).toBe(names.length);
    for (const { race, story, sentences } of tests) {
      expect(story).toMatch(/^ {2}events: /m);
      expect(story, race.name).toMatch(/^ {2}breaks '/m);
      for (const rule of race.rules) expect(sentences, race.name).toHaveProperty([rule]);
    }
  });

  it('waits for conditions, and never for a time', () => {
    expect(goTests(tests)).not.toMatch(/time\.(?:Sleep|After)\b\(/);
  });
});

describe('shim-spec replay --as go', () => {
  const lost = ['replay', 'pending-execs', '--execs', '1', '--with', 'exec-on-created'];
  const choices = '0,0,0,0,0,1,1,1,1,2,2,2,2,1,2,2,2,2,2,2,2,0,1,1,1,1,1,1,1,0,0,0';

  it('prints the test of a trace', () => {
    const { code, out } = shimSpec(...lost, '--choices', choices, '--as', 'go');
    expect(code).toBe(0);
    expect(out).toMatch(/^package shimrace\n/);
    expect(out).toContain('func TestNoExitIsLostC1(t *testing.T) {');
    expect(out).toContain('\tr.send("start c1/e1")\n\tr.rest()\n\tr.kill("c1")\n');
  });

  it.each([
    ['nothing', ['--choices', 'none'], 'no rule that can be seen from outside a shim is named or broken'],
    [
      'a rule that nobody sees',
      ['--choices', choices, '--property', 'running holds no dead process'],
      'no rule',
    ],
    [
      'a rule that holds',
      ['--choices', 'none', '--property', 'at most one exit per process'],
      'no test can be sure',
    ],
    ['a format', ['--choices', choices, '--format', 'json'], '--as prints a test'],
    ['another language', ['--choices', choices, '--as', 'rust'], 'Allowed choices are go'],
  ])('refuses %s', (_, flags, message) => {
    const { code, out, err } = shimSpec(...lost, '--as', 'go', ...flags);
    expect([code, out]).toEqual([150, '']);
    expect(err).toContain(message);
  });
});
