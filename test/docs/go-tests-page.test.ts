import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { knownGoTests } from '../../bench/go-tests/known.ts';
import { releases as revisions } from '../../bench/go-tests/releases.ts';
import { goTestsPage, readGoTests } from '../../docs/go-tests-page.ts';
import type { CountsRecord, ReleaseRecord } from '../../render/shims/go-tests-record.ts';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const record = readGoTests(docs);
const { tests, findings, releases } = record;

describe('docs/go-tests.json', () => {
  it('has every known race and every finding, each with a test or the reason why it has none', () => {
    const names = tests.map(({ name }) => name);
    for (const { race } of knownGoTests()) expect(names).toContain(race.name);
    const files = readdirSync(`${docs}findings`).map((name) => name.replace(/\.md$/, ''));
    expect(findings.map(({ file }) => file)).toEqual(files.toSorted());
    for (const { test, reason } of findings)
      if (test === null) expect(reason).not.toBe('');
      else expect(tests.map((each) => each.test)).toContain(test);
  });

  it('has each release, and each test on it, run once at least', () => {
    expect(releases.map(({ slug }) => slug)).toEqual([...revisions.keys()]);
    for (const { results } of releases) {
      expect(Object.keys(results).toSorted()).toEqual(tests.map(({ test }) => test).toSorted());
      for (const { times, broken, unclear } of Object.values(results)) {
        expect(times).toBeGreaterThan(0);
        expect(broken + unclear).toBeLessThanOrEqual(times);
      }
    }
  });
});

describe('the page of the Go tests', () => {
  it('marks a cell where the model says something else, and no other', () => {
    const { text } = goTestsPage(record);
    const unforeseen = tests.flatMap(({ test, isForced }) =>
      releases.filter(({ revision, results }) => {
        const { broken = 0, times = 0 } = results[test] ?? {};
        return isForced[revision] ? broken < times : broken > 0;
      }),
    );
    expect([...text.matchAll(/ !<\/td>/g)].length).toBe(unforeseen.length);
    expect([...text.matchAll(/<td /g)].length).toBe(tests.length * releases.length);
  });

  it('says how often the tests were run, and where some were run more often', () => {
    const counts = (times: number): CountsRecord => ({ times, broken: 0, unclear: 0 });
    const one = (results: ReleaseRecord['results']): string =>
      goTestsPage({ ...record, releases: releases.slice(0, 1).map((each) => ({ ...each, results })) }).text;
    expect(one({ a: counts(20), b: counts(20) })).toContain('on each release: 20 times.');
    expect(one({ a: counts(1), b: counts(20) })).toContain('once in 1 of 2 cells, and up to 20 times in the');
  });
});
