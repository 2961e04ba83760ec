import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LogAutomaton, rejected } from '../../conformance/log/automaton.ts';
import { determinise } from '../../conformance/log/determinise.ts';
import { knownAutomataText, logSettings, readKnownAutomata } from '../../conformance/log/known-automata.ts';
import type { Letter } from '../../conformance/log/letters.ts';
import { LogJudge } from '../../conformance/log/log-judge.ts';
import { type Revision, revisions } from '../../spec/index.ts';
import { isDeep } from '../depth.ts';

const known = readKnownAutomata();

function revisionOf(slug: string): Revision {
  return revisions.find((revision) => revision.slug === slug) ?? expect.fail(`no revision ${slug}`);
}

describe('known-automata.json', () => {
  const rows = revisions.flatMap((revision) => logSettings.map((setting) => ({ revision, setting })));

  it('has each revision in each setting, and nothing else', () => {
    expect(known.map(({ revision, setting }) => ({ revision, setting }))).toEqual(
      rows.map(({ revision, setting }) => ({ revision: revision.slug, setting })),
    );
    const file = fileURLToPath(new URL('../../conformance/log/known-automata.json', import.meta.url));
    expect(readFileSync(file, 'utf8')).toBe(knownAutomataText(known));
  });

  // With execs on created tasks most have some 200,000 states: those are for the deep suite.
  const sample = rows.filter(
    ({ revision: { slug }, setting }) =>
      !setting.sharedPidNamespace && (!setting.execOnCreated || slug === 'proposed'),
  );
  for (const { revision, setting } of isDeep ? rows : sample) {
    it(`is what the model says: ${revision.slug} ${JSON.stringify(setting)}`, () => {
      const row = known.find(
        (each) => each.revision === revision.slug && JSON.stringify(each.setting) === JSON.stringify(setting),
      );
      expect(row?.table, 'run npm run automata').toEqual(determinise(revision, setting));
    });
  }
});

describe('LogAutomaton', () => {
  const automaton = new LogAutomaton(
    known.find(({ revision }) => revision === 'proposed')?.table ?? expect.fail('no proposed'),
  );
  const walk = (...log: Letter[]): number =>
    log.reduce((state, letter) => automaton.next(state, letter), automaton.start);

  it('says what may come next', () => {
    expect(automaton.allowed(automaton.start)).toEqual(['create']);
    expect(automaton.allowed(walk('create', 'start', 'exit'))).toContain('delete');
  });

  it('stays where it is once a log is rejected', () => {
    expect(walk('create', 'start', 'exit', 'exit')).toBe(rejected);
    expect(walk('create', 'start', 'exit', 'exit', 'delete')).toBe(rejected);
  });
});

describe('LogJudge', () => {
  it('takes a revision of your own, and compares it with the others', () => {
    const verdicts = new LogJudge({ ...revisionOf('proposed'), slug: 'mine' }).counts().verdicts();
    expect(verdicts.map(({ revision }) => revision)).toEqual([...revisions.map(({ slug }) => slug), 'mine']);
  });
});
