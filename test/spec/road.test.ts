import { describe, expect, it } from 'vitest';
import { explore, type Report, replay } from '../../checker/index.ts';
import {
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
} from '../../spec/index.ts';
import { bound } from './bounds.ts';

const main = revisions.find(({ slug }) => slug === 'main') ?? expect.fail('no main');

function check(revision: Revision, within = bound(1, 0, 'publisher')): Report {
  return explore(modelOf(revision, within)).report;
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

  /** The shortest way in which a rule of the road is broken, from the first event that is forwarded on. */
  function shortest(name: string): { steps: number | undefined; road: string[] } {
    const { trace, depth } = report.results.find(({ property }) => property.name === name) ?? {};
    const labels = (trace ?? []).map((action) => labelOf(action));
    const onRoad = labels.filter((label) =>
      /Publish|^Listener|Forwards|Retries|TimesOut|FindsNobody/.test(label),
    );
    return { steps: depth ?? undefined, road: onRoad };
  }

  it('delivers a start after its exit', () => {
    expect(shortest('delivered: start precedes exit')).toMatchInlineSnapshot(`
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

  it('drops an event', () => {
    expect(shortest('delivered: every event')).toMatchInlineSnapshot(`
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
    expect(shortest('delivered: no event twice but by a mark')).toMatchInlineSnapshot(`
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
      return mirror(revision, state, { type: 'ShimRetries', thread: 'processQueue' }).source;
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
    [
      'keeps an event that was acknowledged',
      {
        acknowledged: (box) => {
          box.forwarder = null;
        },
      },
      'delivered: every event',
    ],
    ['stops at the first error', { failed: () => undefined }, 'delivered: every event'],
  ];

  for (const [name, rules, breaks] of faulty) {
    it(`breaks '${breaks}' where it ${name}`, () => {
      const publisher = outboxPublisher({ ...outboxRules, ...rules });
      const report = check(erased(revisionOf({ ...proposed, publisher })));
      expect(broken(report)).toContain(breaks);
    });
  }

  it('needs the mark: without it a listener sees an event twice, and an exit twice', () => {
    const publisher = { ...outboxPublisher(outboxRules), isOrdered: false };
    expect(broken(check(erased(revisionOf({ ...proposed, publisher }))))).toEqual([]);
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
