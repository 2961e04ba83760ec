import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explore } from '../../checker/index.ts';
import { modelOf, revisions } from '../../spec/index.ts';
import { needDebian } from '../debian.ts';
import { bound } from '../spec/bounds.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-peers-'));
beforeAll(() => {
  needDebian(['spin', 'rumur', 'gcc'], ['spin', 'rumur', 'gcc', 'libc6-dev']);
  cpSync(fileURLToPath(new URL('../../bench/peers/', import.meta.url)), folder, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The size of a state graph. */
interface Size {
  readonly states: number;
  readonly transitions: number;
}

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1]);

/** What SPIN counts in a model of bench/peers, in full and without its reductions; it may hide no variable. */
function countedBySpin(slug: string, flags: readonly string[]): Size {
  run('spin', '-o2', ...flags, '-a', `${slug}.pml`);
  run('gcc', '-O1', '-w', '-DSAFETY', '-DNOREDUCE', '-o', 'pan', 'pan.c');
  const out = run('./pan', '-m100000', '-E', '-n');
  expect(out).toContain('errors: 0');
  // pan counts the initial state as a transition, too.
  return {
    states: numberIn(out, /(\d+) states, stored/),
    transitions: numberIn(out, /(\d+) transitions/) - 1,
  };
}

/** What rumur counts in a model of bench/peers. */
function countedByRumur(slug: string, flags: readonly string[]): Size {
  run('gcc', '-E', '-P', '-x', 'c', ...flags, '-o', 'model.m', `${slug}.m`);
  const exact = ['--symmetry-reduction', 'off', '--deadlock-detection', 'off', '--threads', '2'];
  run('rumur', ...exact, '-o', 'model.c', 'model.m');
  run('gcc', '-std=gnu11', '-O1', '-march=native', '-w', '-o', 'model', 'model.c', '-lpthread');
  const out = run('./model');
  expect(out).toContain('No error found');
  return { states: numberIn(out, /(\d+) states, /), transitions: numberIn(out, /(\d+) rules fired in/) };
}

// Three encodings by hand, three engines, one graph. A wrong reading of the Go code all would share.
for (const slug of ['early-exits', 'main']) {
  describe(`the Promela and the Murphi model of ${slug}`, () => {
    const revision = revisions.find((each) => each.slug === slug) ?? expect.fail();
    for (const execs of [0, 1, 2]) {
      for (const options of [[], ['delete']] as const) {
        it(`have as many states and transitions, 1 × ${execs} with ${options.join() || 'nothing'}`, () => {
          const flags = [`-DEXECS=${execs}`, ...options.map((option) => `-D${option.toUpperCase()}`)];
          const { states, transitions } = explore(modelOf(revision, bound(1, execs, ...options))).report;
          expect(countedBySpin(slug, flags), 'SPIN').toEqual({ states, transitions });
          expect(countedByRumur(slug, flags), 'rumur').toEqual({ states, transitions });
        });
      }
    }
  });
}
