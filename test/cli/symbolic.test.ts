import { describe, expect, it } from 'vitest';
import { shimSpec } from './shim-spec.ts';

const small = ['--execs', '1', '--with', 'delete'];

describe('shim-spec check --engine symbolic', () => {
  it('says what the fast engine says, but for depth', () => {
    const { code, out } = shimSpec(
      'check',
      'early-exits',
      ...small,
      '--engine',
      'symbolic',
      '--show',
      'none',
    );
    expect(code).toBe(11);
    expect(out).toMatch(/✗ no deadlock +violated +create c1 +10 /);
    expect(out).toMatch(
      /\ncomplete: 3,501 distinct states in [\d,]+ nodes, 10,182 transitions, 49 states at rest; .*symbolic engine/,
    );
  });

  it('finds traces that replay confirms, without variables that are never read, too', () => {
    const args = ['check', 'main', ...small, '--engine', 'symbolic', '--reduce', 'unread', '--shortest'];
    const { code, out } = shimSpec(...args, '--show', 'delete follows exit');
    expect([code, out.includes('4,008 distinct states (unread)')]).toEqual([12, true]);
    expect(out).toContain(', shortest counterexample: 27 steps');
    const [, command = ''] = /replay: npx shim-spec (.*)/.exec(out) ?? [];
    const replayed = shimSpec(...(command.match(/[^' ]+|'[^']*'/g) ?? []));
    expect([replayed.code, replayed.out.includes("breaks 'delete follows exit'")]).toEqual([12, true]);
  });

  it('says beside others that its counterexamples may be longer, and how to get those of the table', () => {
    const beside = ['check', 'early-exits', 'main', '--execs', '0', '--engine', 'symbolic'];
    const any = shimSpec(...beside);
    expect(any.out).toContain(
      'violated, the steps of a counterexample, of which a shorter one may exist (--shortest finds it);',
    );
    const shortest = shimSpec(...beside, '--reduce', 'unread', '--shortest', '--show', 'none');
    expect(shortest.out).toContain('violated, the steps of the shortest counterexample;');
    for (const { out } of [any, shortest]) {
      const steps = /running holds no dead process +\d+ +(\d+)/.exec(out)?.[1];
      const [, command = ''] = /a cell's counterexample: npx shim-spec (.*) --show/.exec(out) ?? [];
      const args = command.replace('REVISION', 'main').split(' ');
      const cell = shimSpec(...args, '--show', 'running holds no dead process');
      expect(cell.out).toContain(` counterexample: ${steps} steps`);
    }
  });

  it('gives no figures of a table that it was cut short in', () => {
    const { out } = shimSpec(
      ...['check', 'early-exits', 'main', '--containers', '3', '--with', 'all', '--engine', 'symbolic'],
      ...['--timeout', '1'],
    );
    expect(out).toMatch(/distinct states +\? +\?\n/);
    expect(out).toContain('main: incomplete, stopped after --timeout 1; nothing was judged');
  });

  it('checks two containers with two execs each, and proves the rules of proposed', () => {
    const { code, out } = shimSpec(
      ...[
        'check',
        'proposed',
        '--containers',
        '2',
        '--execs',
        '2',
        '--engine',
        'symbolic',
        '--format',
        'json',
      ],
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      complete: true,
      depth: null,
      engine: 'symbolic',
      states: 630_311_236,
      transitions: 5_753_140_324,
    });
  });

  it('judges nothing where it is cut off, and never ends with 0', () => {
    const { code, out } = shimSpec(
      ...['check', 'main', '--containers', '3', '--with', 'all', '--engine', 'symbolic', '--timeout', '1'],
    );
    expect(code).toBe(20);
    expect(out).toMatch(/incomplete: stopped after --timeout 1; nothing was judged; symbolic engine/);
    expect(out).not.toMatch(/✓|✗/);
  });

  it.each<[string[], string]>([
    [['--max-depth', '3'], '--engine symbolic does not support --max-depth (got 3, allowed none)'],
    [['--max-states', '3'], 'does not support --max-states (got 3, allowed none)'],
    [['--workers', '2'], 'does not support --workers (got 2, allowed none)'],
    [['--profile'], 'does not support --profile'],
    [['--checkpoint', 'file'], 'does not support --checkpoint'],
    [['--reduce', 'symmetry'], 'does not support --reduce symmetry (got symmetry, allowed unread)'],
    [['--no-continue'], 'does not support --no-continue (got --no-continue, allowed none)'],
  ])('refuses %s', (flags, text) => {
    const { code, err } = shimSpec('check', 'main', ...small, '--engine', 'symbolic', ...flags);
    expect([code, err.includes(text)]).toEqual([150, true]);
  });

  it('has a reduction that the other engines have not', () => {
    const { code, err } = shimSpec('check', 'main', ...small, '--reduce', 'unread');
    expect(code).toBe(150);
    expect(err).toContain('--engine fast does not support --reduce unread (got unread, allowed symmetry)');
  });
});
