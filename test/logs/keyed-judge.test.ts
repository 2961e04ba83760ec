import { describe, expect, it } from 'vitest';
import { breachJson } from '../../cli/formats/validate-json.ts';
import { KeyedJudge } from '../../conformance/log/keyed-judge.ts';
import { LogJudge } from '../../conformance/log/log-judge.ts';
import type { LogBreach } from '../../conformance/log/monitor.ts';
import type { ObservedEvent } from '../../conformance/log/observed.ts';
import type { SavedContainer } from '../../conformance/log/saved.ts';
import { revisions } from '../../spec/index.ts';
import { runs } from '../depth.ts';
import { fc, test } from '../random.ts';
import { bound } from '../spec/bounds.ts';
import { observed, Runs } from './walks.ts';

const wide = bound(1, 2, 'delete', 'execOnCreated');
const runsOf = new Map(revisions.map((revision) => [revision.slug, new Runs(revision, wide)]));
const judge = new LogJudge(revisions.find(({ slug }) => slug === 'proposed') ?? expect.fail());

/** What one judge finds, and what is left of it. */
type Found = Map<string, string>;
const textOf = (breach: LogBreach): string => JSON.stringify(breachJson(breach));
const fresh = (): KeyedJudge<string> => new KeyedJudge(judge, textOf);

function addTo(found: Found, of: KeyedJudge<string>): void {
  for (const [id, text] of of.changes().breaches) found.set(id, text);
}

/** Another judge that knows what these know. */
function following(...judges: KeyedJudge<string>[]): KeyedJudge<string> {
  const next = fresh();
  for (const each of judges) {
    for (const [named, state] of each.saved())
      next.restore(named, JSON.parse(JSON.stringify(state)) as SavedContainer);
    next.continueFrom(each.numDeleted);
  }
  return next;
}

/** Logs of some containers, event by event in turns; `damage` drops, repeats and exchanges events. */
const choices = fc.array(fc.nat(10_000), { minLength: 60, maxLength: 160 });
const mixed = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom(...runsOf.keys()), choices), { minLength: 1, maxLength: 4 }),
    fc.array(fc.tuple(fc.nat(200), fc.constantFrom('drop', 'twice', 'later')), { maxLength: 9 }),
  )
  .map(([walks, damage]): ObservedEvent[] => {
    const logs = walks.map(([slug, of], i) =>
      (runsOf.get(slug)?.run(of).log ?? []).map((event, j) => ({
        ...observed(event, j),
        container: `c${i}`,
        timeUs: j * 10,
      })),
    );
    const length = Math.max(...logs.map((log) => log.length));
    const all = Array.from({ length }, (_, j) => logs.flatMap((log) => log[j] ?? [])).flat();
    for (const [at, how] of damage) {
      const [event] = all.splice(at % Math.max(1, all.length), 1);
      if (!event || how === 'drop') continue;
      if (how === 'twice') all.splice(at, 0, event);
      all.splice(at + 3, 0, event);
    }
    return all.map((event, i) => ({ ...event, at: `event ${i + 1}` }));
  });

/** What one judge finds that is never interrupted. */
function foundByOne(log: readonly ObservedEvent[]): Found {
  const one = fresh();
  const found: Found = new Map();
  for (const event of log) one.take(event);
  addTo(found, one);
  return found;
}

const sorted = (found: Found): [string, string][] => [...found].toSorted(([a], [b]) => (a < b ? -1 : 1));

describe('KeyedJudge', () => {
  test.prop([mixed, fc.integer({ min: 1, max: 9 })], { numRuns: runs(40, 2_000) })(
    'finds the same, to the byte, where another one goes on after every few events',
    (log, every) => {
      let one = fresh();
      const found: Found = new Map();
      log.forEach((event, i) => {
        one.take(event);
        if (i % every > 0) return;
        addTo(found, one);
        one = following(one);
      });
      addTo(found, one);
      expect(sorted(found)).toEqual(sorted(foundByOne(log)));
    },
  );

  test.prop([mixed, fc.nat(100)], { numRuns: runs(40, 2_000) })(
    'finds the same where containers are shared out, and what is known of them is put together',
    (log, cut) => {
      const at = cut % (log.length + 1);
      const parts = [fresh(), fresh(), fresh()] as const;
      for (const event of log.slice(0, at)) parts[Number(event.container.slice(1)) % 3]?.take(event);
      const found: Found = new Map();
      for (const part of parts) addTo(found, part);
      const rest = following(...parts);
      for (const event of log.slice(at)) rest.take(event);
      addTo(found, rest);
      expect(sorted(found)).toEqual(sorted(foundByOne(log)));
    },
  );

  it('is tried on logs that break rules and on logs that break none', () => {
    const numFound = fc.sample(mixed, { numRuns: 60, seed: 7 }).map((log) => foundByOne(log).size);
    expect(numFound.filter((n) => n === 0).length).toBeGreaterThan(3);
    expect(numFound.filter((n) => n > 0).length).toBeGreaterThan(20);
  });

  it('remembers the last 4,000 deletes, wherever it was interrupted', () => {
    const event = (i: number, topic: 'create' | 'delete'): ObservedEvent => ({
      ...observed({ topic, process: 'c1', pid: 7 }, i),
      container: `c${i}`,
      at: `${topic} ${i}`,
    });
    const course = (i: number): ObservedEvent[] => [event(i, 'create'), event(i, 'delete')];
    let one = fresh();
    const plain = fresh();
    for (let i = 0; i < 9_000; i++) {
      for (const each of course(i)) {
        one.take(each);
        plain.take(each);
      }
      if (i % 1_500 === 7) one = following(one);
    }
    const known = (of: KeyedJudge<string>): string => JSON.stringify([...of.saved()]);
    expect([...one.saved()]).toHaveLength(4_000);
    expect(known(one)).toBe(known(plain));
  });

  it('refuses two states of one container', () => {
    const one = fresh();
    one.take(observed({ topic: 'create', process: 'c1', pid: 7 }, 0));
    expect(() => following(one, one)).toThrow('n c1 has two states (allowed: one)');
  });
});
