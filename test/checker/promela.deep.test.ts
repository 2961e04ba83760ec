import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explore } from '../../checker/index.ts';
import { modelOf, revisions } from '../../spec/index.ts';
import { needDebian } from '../debian.ts';
import { bound } from '../spec/bounds.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-promela-'));
beforeAll(() => needDebian(['spin', 'gcc'], ['spin', 'gcc', 'libc6-dev']));
afterAll(() => rmSync(folder, { recursive: true }));

/** What SPIN counts in a model of bench/peers, in full and without its reductions. */
function counted(model: string, ...flags: readonly string[]): { states: number; transitions: number } {
  const peers = fileURLToPath(new URL('../../bench/peers/', import.meta.url));
  for (const file of [`${model}.pml`, 'shim.pml']) copyFileSync(join(peers, file), join(folder, file));
  const run = (program: string, ...args: readonly string[]): string =>
    execFileSync(program, args, { cwd: folder, encoding: 'utf8' });
  run('spin', ...flags, '-a', `${model}.pml`);
  run('gcc', '-O2', '-w', '-DSAFETY', '-DNOREDUCE', '-o', 'pan', 'pan.c');
  const out = run('./pan', '-m100000', '-E', '-n');
  const number = (pattern: RegExp): number => Number(pattern.exec(out)?.[1]);
  expect(out).toContain('errors: 0');
  // pan counts the initial state as a transition, too.
  return { states: number(/(\d+) states, stored/), transitions: number(/(\d+) transitions/) - 1 };
}

// Two encodings by hand, two engines, one graph. A wrong reading of the Go code both would share.
for (const slug of ['early-exits', 'main']) {
  describe(`the Promela model of ${slug}`, () => {
    const revision = revisions.find((each) => each.slug === slug) ?? expect.fail();
    for (const [execs, options, flags] of [
      [0, [], ['-DEXECS=0']],
      [1, [], ['-DEXECS=1']],
      [0, ['delete'], ['-DEXECS=0', '-DDELETE']],
      [1, ['delete'], ['-DEXECS=1', '-DDELETE']],
    ] as const) {
      it(`has as many states and transitions, 1 × ${execs} with ${options.join() || 'nothing'}`, () => {
        const { states, transitions } = explore(modelOf(revision, bound(1, execs, ...options))).report;
        expect(counted(slug, ...flags)).toEqual({ states, transitions });
      });
    }
  });
}
