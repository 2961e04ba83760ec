import { describe, expect, it } from 'vitest';
import { checkLiveness, explore, type Report, replay } from '../../../checker/index.ts';
import {
  type AnyAction,
  erased,
  labelOf,
  mirror,
  modelOf,
  type OutboxRules,
  outboxPublisher,
  outboxRules,
  proposed,
  type Revision,
  revisionOf,
  revisions,
  type Service,
} from '../../../spec/index.ts';
import { bound } from '../bounds.ts';

const main = revisions.find(({ slug }) => slug === 'main') ?? expect.fail('no main');

function check(revision: Revision, within = bound(1, 0, 'publisher')): Report<Service, AnyAction> {
  return explore(modelOf(revision, within)).report;
}

/** What a trace has of the road: events that are published, and each step behind `s.events`. */
function onRoad(trace: readonly AnyAction[]): string[] {
  return trace
    .map(labelOf)
    .filter((label) => /Publish|^Listener|Forwards|Retries|TimesOut|FindsNobody/.test(label));
}

function broken({ results }: Report): string[] {
  return results.flatMap(({ verdict, property }) => (verdict === 'holds' ? [] : [property.name]));
}

describe('the road, where it is off', () => {
  it('has no state and no action', () => {
    for (const revision of revisions) {
      const { initial, actions } = modelOf(revision, bound(1, 1, 'delete'));
      expect(initial).not.toHaveProperty('road');
      expect(
        actions.filter(({ type }) => /^Listener|^Shim(Forwards|Retries|TimesOut|FindsNobody)$/.test(type)),
      ).toEqual([]);
    }
  });
});

describe("containerd's publisher", () => {
  const report = check(main);

  /** The shortest way in which a rule is broken. */
  function shortest(
    { results }: Report<Service, AnyAction>,
    name: string,
  ): { steps: number | undefined; road: string[] } {
    const { trace } = results.find(({ property }) => property.name === name) ?? {};
    return { steps: trace?.length, road: onRoad(trace ?? []) };
  }

  it('delivers a start after its exit', () => {
    expect(shortest(report, 'delivered: start precedes exit')).toMatchInlineSnapshot(`
      {
        "road": [
          "ShimPublishesCreate(create c1)",
          "ShimPublishesStart(start c1)",
          "ShimPublishesExit(start c1)",
          "ShimForwards(forward)",
          "ListenerServes(forward)",
          "ShimForwards(forward)",
          "ShimTimesOut(forward)",
          "ShimForwards(forward)",
          "ListenerServes(forward)",
          "ListenerServesLate",
        ],
        "steps": 29,
      }
    `);
  });

  it('delivers a start after its exit by its second queue alone', () => {
    const model = modelOf(main, bound(1, 0, 'publisher'));
    const actions = model.actions.filter(({ type }) => type !== 'ShimTimesOut');
    const { report: found } = explore({ ...model, actions });
    expect(shortest(found, 'delivered: start precedes exit')).toMatchInlineSnapshot(`
      {
        "road": [
          "ShimPublishesCreate(create c1)",
          "ShimPublishesStart(start c1)",
          "ShimPublishesExit(start c1)",
          "ShimForwards(forward)",
          "ListenerServes(forward)",
          "ShimForwards(forward)",
          "ListenerRefuses(forward)",
          "ShimForwards(forward)",
          "ListenerServes(forward)",
          "ShimRetries(processQueue)",
          "ListenerServes(processQueue)",
        ],
        "steps": 30,
      }
    `);
  });

  it('drops an event', () => {
    expect(shortest(report, 'delivered: every event')).toMatchInlineSnapshot(`
      {
        "road": [
          "ShimPublishesCreate(create c1)",
          "ShimForwards(forward)",
          "ListenerRefuses(forward)",
          "ShimRetries(processQueue)",
          "ListenerGoesAway",
          "ShimFindsNobody(processQueue)",
          "ListenerComesBack",
        ],
        "steps": 14,
      }
    `);
  });

  it('delivers an event twice', () => {
    expect(shortest(report, 'delivered: no event twice but by a mark')).toMatchInlineSnapshot(`
      {
        "road": [
          "ShimPublishesCreate(create c1)",
          "ShimForwards(forward)",
          "ShimTimesOut(forward)",
          "ShimRetries(processQueue)",
          "ListenerServes(processQueue)",
          "ListenerServesLate",
        ],
        "steps": 11,
      }
    `);
  });

  it('is reached with a retry, a late answer, an overtaking and a drop', () => {
    const witnesses = report.results.filter(
      ({ property }) => property.source.includes('pkg/shim/publisher.go#') && property.kind === 'sometimes',
    );
    expect(witnesses.map(({ property, verdict }) => [property.name, verdict])).toMatchInlineSnapshot(`
      [
        [
          "an event is retried while its first request is with the listener",
          "holds",
        ],
        [
          "an event that was delivered is in flight again",
          "holds",
        ],
        [
          "events wait for a listener that has come back",
          "holds",
        ],
        [
          "an event overtakes an older one",
          "holds",
        ],
        [
          "an event is dropped",
          "holds",
        ],
      ]
    `);
  });

  it('publishes in order nevertheless', () => {
    expect(broken(report).filter((name) => !name.startsWith('delivered: '))).toEqual(
      broken(check(main, bound(1, 0))),
    );
  });

  it('is told with its Go lines in every revision', () => {
    const sources = revisions.map((revision) => {
      const state = revision.initial(bound(1, 0, 'publisher'));
      const [type, thread] =
        revision.slug === 'proposed' ? ['ShimForwards', 'forward'] : ['ShimRetries', 'processQueue'];
      return mirror(revision, state, { type, thread }).source;
    });
    expect(sources.at(-2)).toBe(
      'https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/pkg/shim/publisher.go#L103-L114',
    );
    for (const source of sources.slice(0, -2))
      expect(source).toMatch(/\/blob\/[0-9a-f]{40}\/runtime\/v2\/shim\/publisher\.go#L84-L94$/);
    expect(sources.at(-1)).toBeNull();
  });
});

describe('the outbox of proposed', () => {
  it('keeps every rule of the road, and reaches every situation', () => {
    for (const execs of [0, 1]) {
      const report = check(erased(proposed), bound(1, execs, 'publisher', 'delete'));
      expect([report.stoppedBy, broken(report)]).toEqual([null, []]);
    }
  });

  const faulty: readonly (readonly [name: string, rules: Partial<OutboxRules>, breaks: string])[] = [
    [
      'acknowledges before the answer',
      {
        takes: (box) => {
          if (box.forwarder !== null || box.channel.length === 0) return false;
          box.forwarder = box.channel.shift() ?? null;
          return true;
        },
        acknowledged: (box) => {
          box.forwarder = null;
        },
      },
      'delivered: every event',
    ],
    [
      'goes on with the next event after an error',
      {
        failed: (box) => {
          const first = box.channel.shift();
          if (first !== undefined) box.channel.push(first);
          box.forwarder = null;
        },
      },
      'delivered: every event',
    ],
    [
      'drops an event after a try',
      {
        failed: (box) => {
          box.channel.shift();
          box.forwarder = null;
        },
      },
      'delivered: every event',
    ],
  ];

  for (const [name, rules, breaks] of faulty) {
    it(`breaks '${breaks}' where it ${name}`, () => {
      const publisher = outboxPublisher({ ...outboxRules, ...rules });
      const report = check(erased(revisionOf({ ...proposed, publisher })));
      expect(broken(report)).toContain(breaks);
    });
  }

  it('would forward one event for ever where it kept what was acknowledged', () => {
    const stuck = outboxPublisher({
      ...outboxRules,
      acknowledged: (box) => {
        box.forwarder = null;
      },
    });
    const verdictOf = (revision: Revision): string | undefined =>
      checkLiveness(modelOf(revision, bound(1, 0, 'publisher'))).results.find(
        ({ claim }) => claim.name === 'delivered: every event',
      )?.verdict;
    expect(verdictOf(erased(revisionOf({ ...proposed, publisher: stuck })))).toBe('violated');
    expect(verdictOf(erased(proposed))).toBe('holds');
  });

  it('needs the mark: without it a listener takes a repetition for a second event', () => {
    const publisher = { ...outboxPublisher(outboxRules), isOrdered: false };
    const { results } = check(erased(revisionOf({ ...proposed, publisher })));
    const names = results.filter(
      ({ verdict, property }) => verdict === 'violated' && property.kind !== 'sometimes',
    );
    expect(names.map(({ property }) => property.name)).toEqual([
      'delivered: at most one exit per process',
      'delivered: no event twice but by a mark',
    ]);
  });

  it('gives a repetition the time of the first', () => {
    const model = modelOf(erased(proposed), bound(1, 0, 'publisher'));
    const name = 'an event that was delivered is in flight again';
    const { report } = explore({
      ...model,
      properties: model.properties.filter((each) => each.name === name),
    });
    const trace = report.results[0]?.trace ?? expect.fail('no event was delivered and is in flight again');
    const { road } = replay(model, trace).at(-1)?.after ?? {};
    expect([road?.forwarder?.time, road?.last]).toEqual([1, 1]);
  });
});
