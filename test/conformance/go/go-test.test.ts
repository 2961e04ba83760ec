import { describe, expect, it } from 'vitest';
import { readIssueTexts } from '../../../bench/go-tests/issue-texts.ts';
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
    expect(out).toMatch(/^package shimrace\n/m);
    const [head = ''] = out.split('package shimrace');
    expect(head).toContain('Linux, root and runc');
    expect(head).toContain('//\tgo mod init race && go mod tidy\n');
    expect(head).toContain('go test . -shim /path/to/containerd-shim-runc-v2\n');
    expect(out).toContain('func TestNoExitIsLostC1(t *testing.T) {');
    expect(out).toContain('\tr.send("start c1/e1")\n\tr.rest()\n\tr.kill("c1")\n');
  });

  it('tries each rule that the trace breaks', () => {
    const three = ['replay', 'main', '--execs', '1', '--with', 'wait,delete', '--choices'];
    const steps = '0,0,0,0,1,1,1,1,1,3,1,2,2,1,1,1,1,1,1,1,1,1';
    expect(shimSpec(...three, steps).out).toMatch(
      /breaks 'nothing follows[\s\S]*breaks 'every Wait returns'/,
    );
    expect(shimSpec(...three, steps, '--as', 'go')).toMatchObject({
      code: 0,
      out: expect.stringContaining('func TestEveryWaitReturnsWaitC1('),
    });
  });

  // Delete overtakes the exit, which no client decides.
  const luck = '0,0,0,0,1,1,1,1,0,2,2,2,2,0,2,0,0,1,0,0,2,0,1,0,0,0,0';
  const lucky = ['replay', 'main', '--execs', '0', '--with', 'delete', '--choices', luck];
  it('names each rule that it has tried', () => {
    const { code, err } = shimSpec(...lucky, '--as', 'go');
    expect([code, err]).toEqual([
      150,
      expect.stringContaining("be sure to bring 'delete follows exit' about"),
    ]);
  });

  it('says of a rule that the trace does not break that it does not', () => {
    const early = ['replay', 'early-exits', '--execs', '1', '--choices', '0,0,0,0,0,1,0,0,1,0', '--as', 'go'];
    const { code, err } = shimSpec(...early, '--property', 'at most one exit per process');
    expect(code).toBe(150);
    expect(err).toContain("the trace does not break 'at most one exit per process'");
    expect(err).toContain(
      "got a trace that breaks 'no exit is lost', 'no deadlock', allowed 'no exit is lost'",
    );
    expect(err).not.toContain('luck');
  });

  const issues = readIssueTexts().map(({ file, text }) => ({
    file,
    command: / replay: npx shim-spec (.*)$/m.exec(text)?.[1] ?? '',
  }));
  it.each(issues)('takes the line of upstream/issues/$file', ({ command }) => {
    const { code, out, err } = shimSpec(...command.split(' '), '--as', 'go');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^func Test/m);
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
      'the trace does not break',
    ],
    ['a format', ['--choices', choices, '--format', 'json'], '--as prints a test'],
    [
      'another language',
      ['--choices', choices, '--as', 'rust'],
      "--as cannot be used (got 'rust', allowed go)",
    ],
  ])('refuses %s', (_, flags, message) => {
    const { code, out, err } = shimSpec(...lost, '--as', 'go', ...flags);
    expect([code, out]).toEqual([150, '']);
    expect(err).toContain(message);
  });
});
