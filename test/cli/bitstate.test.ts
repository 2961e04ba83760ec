import { describe, expect, it } from 'vitest';
import { shimSpec } from './shim-spec.ts';

const small = ['--execs', '1', '--with', 'delete'];

describe('shim-spec check --bitstate', () => {
  it('never says that a rule holds, and says how much it may have missed', () => {
    const { code, out } = shimSpec('check', 'proposed', ...small, '--bitstate', '1M', '--seed', '7');
    expect(code).toBe(20);
    expect(out).not.toContain('✓ no deadlock');
    expect(out).toMatch(/\? no deadlock +unknown/);
    expect(out).toMatch(/incomplete: states are told apart by a few bits.*; 668 distinct states/);
    expect(out).toMatch(/\nbitstate: 3 bits a state in 1 MiB, 0\.02\d%.* seed 7; .*less than 0\.001%/);
    const json = JSON.parse(
      shimSpec('check', 'proposed', ...small, '--bitstate', '1MiB', '--format', 'json').out,
    );
    expect(json).toMatchObject({
      complete: false,
      stoppedBy: 'bitstate',
      engine: 'bitstate',
      states: 668,
      bitstate: { bytes: 2 ** 20, bitsPerState: 3, seed: 1 },
    });
  });

  it('finds the deadlock, by a trace that replay confirms', () => {
    const { code, out } = shimSpec(
      'check',
      'early-exits',
      ...small,
      '--bitstate',
      '1M',
      '--show',
      'no deadlock',
    );
    expect(code).toBe(11);
    expect(out).toContain('a shorter one may exist');
    const [, command = ''] = /replay: npx shim-spec (.*)/.exec(out) ?? [];
    const replayed = shimSpec(...command.split(' '));
    expect([replayed.code, replayed.out.includes("breaks 'no deadlock'")]).toEqual([11, true]);
  });

  it('goes no deeper than it is told', () => {
    const { code, out } = shimSpec('check', 'proposed', ...small, '--bitstate', '1M', '--max-depth', '5');
    expect([code, out.includes('states deeper than --max-depth 5 were not looked at')]).toEqual([20, true]);
  });

  it('refuses what it cannot have, and names it', () => {
    const others = [
      ['--reduce', 'all'],
      ['--engine', 'plain'],
      ['--workers', '2'],
      ['--checkpoint', 'file'],
      ['--distinct', '2'],
      ['--profile'],
      ['--coverage'],
      ['--coverage-of', 'Shim'],
      ['--all'],
    ];
    for (const other of others) {
      const { code, err } = shimSpec('check', ...small, '--bitstate', '1M', ...other);
      expect([code, err]).toEqual([150, expect.stringMatching(`^shim-spec: --bitstate.*got .*${other[0]}`)]);
    }
    for (const size of ['1', '1K', '0M', '9999999G'])
      expect(shimSpec('check', '--bitstate', size).err).toContain(`--bitstate ${size} cannot be used`);
    expect(shimSpec('check', '--seed', '1').err).toContain('allowed --bitstate SIZE');
  });
});
