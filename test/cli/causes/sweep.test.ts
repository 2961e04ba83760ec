import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SweepProgress } from '../../../cli/causes/progress.ts';
import { type JobResult, jobText, type SearchJob } from '../../../cli/causes/search-job.ts';
import { type Searchers, searchHere } from '../../../cli/causes/searchers.ts';
import { type PartCauses, sweep } from '../../../cli/causes/sweep.ts';
import { partsOf } from '../../../cli/causes/sweep-part.ts';
import { boundParsers } from '../../../render/bound.ts';
import { findRevision } from '../../../render/find-revision.ts';
import { needDebian } from '../../debian.ts';
import { shimSpec } from '../shim-spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-sweep-'));
afterAll(() => rmSync(folder, { recursive: true }));

const question = ['causes', 'main', '--execs', '0', '--with', 'shared-pid-namespace,delete,shutdown'];
const asked = [...question, '--format', 'json'];
const whole = shimSpec(...asked).out;

describe('causes --cache', () => {
  const cache = join(folder, 'cache');
  const withCache = [...asked, '--cache', cache, '--workers', '1'];

  it('takes what it has searched before, and refuses what is damaged or of another search', () => {
    const first = shimSpec(...withCache);
    expect([first.code, first.out]).toEqual([0, whole]);
    const [, missed = ''] = /0 searches were in the cache, (\d+) were not/.exec(first.err) ?? [];
    const [one = '', two = '', three = ''] = readdirSync(cache);
    expect(readdirSync(cache).length).toBe(Number(missed));
    const second = shimSpec(...withCache);
    expect([second.code, second.out]).toEqual([0, whole]);
    expect(second.err).toContain(`${missed} searches were in the cache, 0 were not`);

    const text = readFileSync(join(cache, one), 'utf8');
    writeFileSync(join(cache, one), text.replace('"holds"', '"unknown"'));
    writeFileSync(join(cache, two), text);
    writeFileSync(join(cache, three), text.slice(0, 100));
    const third = shimSpec(...withCache);
    expect([third.code, third.out]).toEqual([0, whole]);
    expect(third.err).toContain(`${one} is refused (its checksum does not match): searched anew`);
    expect(third.err).toContain(`${two} is refused (it is of another search): searched anew`);
    expect(third.err).toContain(`${three} is refused (it is not JSON): searched anew`);
    expect(third.err).toContain(`${Number(missed) - 3} searches were in the cache, 3 were not`);
  });

  // Below /proc, mkdir with `recursive` never returns.
  it.each(['/dev/null/cache', '/proc/cache', '/proc/cache/of/mine'])(
    'refuses %s, which it cannot use',
    (unusable) => {
      const { code, err } = shimSpec(...asked, '--cache', unusable);
      expect([code, err]).toEqual([151, expect.stringContaining(`--cache ${unusable} cannot be used`)]);
    },
  );
});

describe('the files for batch systems', () => {
  const file = (name: string): string =>
    fileURLToPath(new URL(`../../../examples/sweep/${name}`, import.meta.url));
  const shards = 16;

  it('name each shard once, and no more than there are', () => {
    const job = parse(readFileSync(file('kubernetes.yaml'), 'utf8'));
    expect(job).toMatchObject({ kind: 'Job', spec: { completions: shards, completionMode: 'Indexed' } });
    const [command] = job.spec.template.spec.containers[0].args as string[];
    const volume = job.spec.template.spec.volumes[0].name;
    expect(job.spec.template.spec.containers[0].volumeMounts[0].name).toBe(volume);
    expect(shardsOf(command ?? '', 'JOB_COMPLETION_INDEX', 0)).toEqual(oneToSixteen);

    const slurm = readFileSync(file('slurm.sh'), 'utf8');
    const [, first, last] = /#SBATCH --array=(\d+)-(\d+)/.exec(slurm) ?? [];
    expect([first, last]).toEqual(['1', String(shards)]);
    expect(shardsOf(slurm, 'SLURM_ARRAY_TASK_ID', 1)).toEqual(oneToSixteen);
    needDebian(['shellcheck'], ['shellcheck']);
    expect(spawnSync('shellcheck', [file('slurm.sh')], { encoding: 'utf8' }).stdout).toBe('');

    const { jobs } = parse(readFileSync(file('github.yaml'), 'utf8'));
    expect(jobs.shard.strategy.matrix.shard).toEqual(Array.from({ length: shards }, (_, i) => i + 1));
    const runs = jobs.shard.steps.map(({ run = '' }) => run).join('');
    expect(runs).toMatch(/--shard \$\{\{ matrix\.shard \}\}\/16 /);
    expect(jobs.merge.needs).toBe('shard');
  });

  const oneToSixteen = Array.from({ length: shards }, (_, i) => `${i + 1}/${shards}`);

  /** What a shell makes of the flag in each of the tasks. */
  function shardsOf(script: string, variable: string, from: number): string[] {
    const [, flag = ''] = /--shard ("[^"]+")/.exec(script) ?? [];
    return oneToSixteen.map((_, i) => {
      const env = { ...process.env, [variable]: String(from + i) };
      return spawnSync('sh', ['-c', `printf %s ${flag}`], { env, encoding: 'utf8' }).stdout;
    });
  }
});

describe('sweep', () => {
  const bound = {
    ...boundParsers.with('shared-pid-namespace,delete,shutdown,wait'),
    containers: 1,
    execs: 0,
  };
  const revision = findRevision('main');
  const here = searchHere([revision]);

  /** Takes many at a time and searches one after the other; what is taken back says that it was. */
  function hasty(): Searchers & { readonly takenBack: () => number } {
    const waiting = new Map<string, { job: SearchJob; settle: (result: JobResult) => void }>();
    let takenBack = 0;
    return {
      room: 32,
      search: (job) =>
        new Promise((settle) => {
          waiting.set(jobText(job), { job, settle });
          setImmediate(async () => {
            const [first] = waiting.values();
            if (!first) return;
            waiting.delete(jobText(first.job));
            first.settle(await here.search(first.job));
          });
        }),
      withdraw: (job) => {
        const found = waiting.get(jobText(job));
        waiting.delete(jobText(job));
        if (found) takenBack++;
        found?.settle({ end: 'interrupt', states: 0, rules: [] });
      },
      close: async () => undefined,
      takenBack: () => takenBack,
    };
  }

  const answer = (searchers: Searchers): Promise<PartCauses[]> =>
    sweep(partsOf(revision, bound, { statesMax: 200 }), searchers, {
      onSearch: () => undefined,
      onChange: () => undefined,
      isCancelled: () => false,
      cancelled: new Promise(() => undefined),
    });

  it('searches again what was taken back and is wanted after all', async () => {
    const searchers = hasty();
    expect(await answer(searchers)).toEqual(await answer(here));
    expect(searchers.takenBack()).toBeGreaterThan(0);
  });
});

describe('SweepProgress', () => {
  it('estimates from the pace of all the time and of late, and from nothing where nothing is settled', () => {
    let now = 0;
    const progress = new SweepProgress(() => now);
    const part = (settled: number): Parameters<SweepProgress['state']>[0] => [
      {
        part: { revision: null, containers: 1, execs: 0, isShared: false, options: [], limits: {} } as never,
        cells: () => Array.from({ length: 100 }, (_, i) => (i < settled ? 'pruned' : 'open')),
      },
    ];
    expect(progress.state(part(0), 1).minutesLeft).toBeNull();
    now = 60_000;
    progress.state(part(40), 1);
    now = 120_000;
    const state = progress.state(part(50), 1);
    expect(state).toMatchObject({ perMinute: 10, all: 100, cells: { pruned: 50, open: 50 } });
    expect(state.minutesLeft).toEqual([2, 5]);
  });
});
