import { describe, expect, it } from 'vitest';
import { explore, type Report } from '../../checker/index.ts';
import { tell } from '../../render/story.ts';
import { erased, modelOf, type Revision, revisions } from '../../spec/index.ts';
import { bound } from './bounds.ts';
import { mine } from './mine.ts';

const main = revisions.find(({ slug }) => slug === 'main') ?? expect.fail('no main');
const kept = 'nothing is kept of a deleted container';
const within = bound(1, 0, 'delete');

function check(revision: Revision): Report {
  return explore(modelOf(revision, within)).report;
}

function verdicts({ results }: Report): Record<string, string> {
  return Object.fromEntries(results.map(({ property, verdict }) => [property.name, verdict]));
}

describe('a revision in one file', () => {
  it('is checked by the rules of all revisions and by those of its own table', () => {
    expect(verdicts(check(main))[kept]).toBe('violated');
    const found = verdicts(check(erased(mine)));
    expect(found).toMatchObject({
      [kept]: 'holds',
      'no deadlock': 'holds',
      'a container is swept once at most': 'holds',
      'a container is swept': 'holds',
    });
  });

  it('is the same for the plain engine', () => {
    const model = modelOf(erased(mine), within);
    const { report } = explore(model, { engine: 'plain' });
    const fast = explore(model).report;
    expect([fast.states, fast.transitions]).toEqual([report.states, report.transitions]);
    expect(verdicts(fast)).toEqual(verdicts(report));
  });

  it('says itself what it keeps', () => {
    const forgetful = { ...mine, keeps: (s: Parameters<typeof mine.step>[0], c: string) => s.swept[c] !== 0 };
    expect(verdicts(check(erased(forgetful)))[kept]).toBe('violated');
  });

  it('tells its own step in traces, and the others as main does', () => {
    const model = modelOf(erased(mine), within);
    const { results } = explore(model).report;
    const trace = results.find(({ property }) => property.name === 'a container is swept')?.trace ?? [];
    const last = tell(erased(mine), within, trace).steps.at(-1);
    expect(last).toMatchObject({ action: 'ShimSweeps', lane: 'processExits', text: 'sweeps c1' });
    expect(last?.source).toBe(`${main.tree}/task/service.go#L660`);
    expect(last?.changes).toEqual(['containerInitExit[c1] = nil', 'swept[c1] = 1']);
    const told = tell(erased(mine), within, trace.slice(0, -1));
    expect(told.steps.map(({ text, source }) => [text, source])).toEqual(
      tell(main, within, trace.slice(0, -1)).steps.map(({ text, source }) => [text, source]),
    );
  });
});
