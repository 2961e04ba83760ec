import { describe, expect, it } from 'vitest';
import { flawInModel, flawOf, flawOfJob, isFailure } from '../../../cli/causes/result-check.ts';
import { runJob, type SearchJob } from '../../../cli/causes/search-job.ts';
import { findRevision } from '../../../render/find-revision.ts';

const main = findRevision('main');
const job: SearchJob = {
  revision: 'main',
  containers: 1,
  execs: 0,
  with: ['delete', 'shutdown'],
  limits: { statesMax: 100_000 },
};

describe('flawInModel', () => {
  it('finds none in what a search says, whole or cut off', () => {
    for (const limits of [{}, { statesMax: 300 }]) {
      const asked = { ...job, limits };
      const result = JSON.parse(JSON.stringify(runJob(asked, main, () => false)));
      expect(flawInModel(result, asked, main)).toBeNull();
    }
  });

  it('finds a verdict that does not go with the end', () => {
    const result = runJob(job, main, () => false);
    expect(flawInModel({ ...result, end: 'states' }, job, main)).toMatch(/^a result with the rule/);
    expect(flawInModel({ ...result, end: 'interrupt' }, job, main)).toBe('a result with the end "interrupt"');
  });
});

describe('flawOf', () => {
  it.each([null, undefined, 7, 'whole', [], {}, { end: 'whole', states: 1 }])('refuses %j', (result) => {
    expect(flawOf(result, job)).toMatch(/result/);
  });
});

describe('flawOfJob', () => {
  it('finds none in a job', () => {
    expect(flawOfJob(JSON.parse(JSON.stringify(job)))).toBeNull();
    expect(flawOfJob({ ...job, with: [], limits: {} })).toBeNull();
  });

  it.each<[object | null, string]>([
    [null, 'null as a job'],
    [{ revision: 7 }, '7 as a revision'],
    [{ containers: '1' }, '"1" as containers'],
    [{ execs: 1_000 }, '1000 as execs'],
    [{ with: 'delete' }, '"delete" as a set'],
    [{ with: ['delete', 'delete'] }, '["delete","delete"] as a set'],
    [{ with: ['reaper'] }, '["reaper"] as a set'],
    [{ limits: null }, 'null as limits'],
    [{ limits: { timeoutMs: 'long' } }, '{"timeoutMs":"long"} as limits'],
  ])('refuses %j', (change, flaw) => {
    expect(flawOfJob(change && { ...job, ...change })).toContain(flaw);
  });
});

describe('isFailure', () => {
  it('takes a name and a message, and nothing else', () => {
    expect(isFailure({ name: 'ModelError', message: 'x' })).toBe(true);
    for (const other of [null, 7, [], {}, { name: 'x' }]) expect(isFailure(other)).toBe(false);
  });
});
