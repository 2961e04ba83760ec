import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exploreFast } from '../../checker/index.ts';
import { modelOf, revisions } from '../../spec/index.ts';
import { needDebian } from '../debian.ts';
import { bound } from '../spec/bounds.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-promela-'));
beforeAll(() => needDebian(['spin', 'gcc'], ['spin', 'gcc', 'libc6-dev']), 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** What SPIN counts in a model of bench/peers, in full and without its reductions. */
function counted(model: string, ...flags: readonly string[]): { states: number; transitions: number } {
  const peer = fileURLToPath(new URL(`../../bench/peers/${model}.pml`, import.meta.url));
  copyFileSync(peer, join(folder, 'model.pml'));
  const run = (program: string, ...args: readonly string[]): string =>
    execFileSync(program, args, { cwd: folder, encoding: 'utf8' });
  run('spin', ...flags, '-a', 'model.pml');
  run('gcc', '-O2', '-w', '-DSAFETY', '-DNOREDUCE', '-o', 'pan', 'pan.c');
  const out = run('./pan', '-m100000', '-E', '-n');
  const number = (pattern: RegExp): number => Number(pattern.exec(out)?.[1]);
  expect(out).toContain('errors: 0');
  // pan counts the initial state as a transition, too.
  return { states: number(/(\d+) states, stored/), transitions: number(/(\d+) transitions/) - 1 };
}

// The peer is written apart from the specification: that both have the same graph says that neither has a slip of its own.
describe('the Promela model of early-exits', () => {
  const earlyExits = revisions.find(({ slug }) => slug === 'early-exits') ?? expect.fail();
  for (const [execs, options, flags] of [
    [0, [], ['-DEXECS=0']],
    [1, [], ['-DEXECS=1']],
    [0, ['delete'], ['-DEXECS=0', '-DDELETE']],
    [1, ['delete'], ['-DEXECS=1', '-DDELETE']],
  ] as const) {
    it(`has as many states and transitions, 1 × ${execs} with ${options.join() || 'nothing'}`, () => {
      const { report } = exploreFast(modelOf(earlyExits, bound(1, execs, ...options)));
      expect(counted('early-exits', ...flags)).toEqual({
        states: report.states,
        transitions: report.transitions,
      });
    }, 60_000);
  }
});
