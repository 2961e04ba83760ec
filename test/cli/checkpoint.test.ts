import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { isDeep } from '../depth.ts';
import { until } from '../until.ts';
import { shimSpec } from './shim-spec.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Some 40,000 states in 60 levels. */
const search = ['check', 'main', '--execs', '1', '--with', 'delete,wait,runc-fails', '--format', 'json'];

/** What has to be the same of two searches: everything but time and memory. */
function outcome(json: string): object {
  const { elapsedMs: _, bytes: __, ...rest } = JSON.parse(json) as Record<string, unknown>;
  return rest;
}

/** Runs a search and kills it once it has written its checkpoint `times` times. @returns whether it had ended before */
async function killedAfter(times: number, file: string, args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [main, ...args], { stdio: 'ignore' });
  const ended = new Promise<boolean>((resolve) => child.on('exit', (_, signal) => resolve(signal === null)));
  let written = 0;
  let last = stampOf(file);
  await until(
    `checkpoint ${times}`,
    () => {
      if (stampOf(file) !== last) written++;
      last = stampOf(file);
      return child.exitCode === null ? written : times;
    },
    (seen) => seen >= times,
  );
  child.kill('SIGKILL');
  return ended;
}

/** Which file this is; 0 where there is none. */
const stampOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.ino ?? 0;

describe('shim-spec check --checkpoint', () => {
  it('killed again and again, says in the end what one run says', async () => {
    const file = join(folder, 'killed');
    const whole = shimSpec(...search);
    const checkpointed = [...search, '--checkpoint', file, '--checkpoint-every', '0'];
    let kills = 0;
    for (const times of [1, 4, 2, 3]) {
      if (await killedAfter(times, file, checkpointed)) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(1);
    expect(existsSync(file)).toBe(true);
    const last = shimSpec(...checkpointed);
    expect(last.code).toBe(whole.code);
    expect(outcome(last.out)).toEqual(outcome(whole.out));
    expect([file, `${file}.part`].filter(existsSync)).toEqual([]);
  });

  if (isDeep)
    it('resumes with more memory or states than it had', () => {
      const file = join(folder, 'larger');
      const cut = shimSpec(
        ...search,
        '--max-states',
        '20000',
        '--checkpoint',
        file,
        '--checkpoint-every',
        '0',
      );
      expect(cut.code).toBe(11);
      expect(outcome(shimSpec(...search, '--checkpoint', file).out)).toEqual(
        outcome(shimSpec(...search).out),
      );
    });

  it('refuses one that is damaged, or was written by a different search, and leaves it', () => {
    const file = join(folder, 'bad');
    const begin = ['--max-states', '10000', '--checkpoint', file, '--checkpoint-every', '0'];
    shimSpec(...search, ...begin);
    const good = readFileSync(file);
    const said = (...args: string[]): [number | null, string] => {
      const { code, err } = shimSpec(...args, '--checkpoint', file);
      return [code, err];
    };
    const other = said('check', 'main', '--execs', '0', '--with', 'delete');
    expect(other).toEqual([
      151,
      expect.stringContaining('cannot resume: written by a different search (bound: got') as string,
    ]);
    expect(said('check', 'proposed', ...search.slice(2))[1]).toContain('(revision: got main');
    for (const at of [30, good.length >> 1, good.length - 1]) {
      const damaged = Buffer.from(good);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      writeFileSync(file, damaged);
      expect(said(...search), `a bit at ${at}`).toEqual([
        151,
        expect.stringContaining('cannot resume: it ') as string,
      ]);
    }
    writeFileSync(file, good);
    truncateSync(file, statSync(file).size - 100);
    expect(said(...search)).toEqual([151, expect.stringContaining('it ends too early') as string]);
    writeFileSync(file, 'once upon a time');
    expect(said(...search)[1]).toContain('cannot resume: it is damaged: it ends too early');
    expect(existsSync(file)).toBe(true);
  });

  it('is for the full search of the fast engine', () => {
    const file = join(folder, 'none');
    for (const flags of [['--engine', 'plain'], ['--reduce', 'symmetry'], ['--all']])
      expect(shimSpec('check', '--checkpoint', file, ...flags).code).toBe(150);
    expect(existsSync(file)).toBe(false);
  });
});
