import { describe, expect, it } from 'vitest';
import { explore, type Report } from '../../../checker/index.ts';
import { wholeModel } from '../../../checker/whole-model.ts';
import {
  type AnyAction,
  type Bound,
  modelOf,
  type Revision,
  revisions,
  type Service,
} from '../../../spec/index.ts';
import { bound } from '../bounds.ts';
import { check as checkWithin, shortest, unmet } from './reports.ts';

const [main, proposed] = ['main', 'proposed'].map(
  (slug) => revisions.find((each) => each.slug === slug) ?? expect.fail(`no ${slug}`),
) as [Revision, Revision];
const panic = 'the shim does not panic';
const whole = 'delivered: every event';
const stall = 'no call waits for a timer';

function check(revision: Revision, within = bound(1, 0, 'shutdown', 'channel')): Report<Service, AnyAction> {
  return checkWithin(revision, within);
}

/** The shortest way to where only a time-out leads on. */
function wayToStall(revision: Revision, within: Bound): string[] | null {
  const model = modelOf(revision, within);
  const properties = model.properties.filter(({ name }) => name === stall);
  return shortest(explore({ ...model, properties }, { limits: { stopAtViolation: true } }).report, stall);
}

/** Whether a call is never answered where no listener answers, and no time-out ends a Forward. */
function hangs(revision: Revision, within: Bound): boolean {
  const model = modelOf(revision, within);
  const actions = model.actions.filter(
    ({ type }) => !/^Listener|^ShimTimesOut$|^ShimFindsNobody$/.test(type),
  );
  const properties = wholeModel(model).properties.filter(({ name }) => name === 'no deadlock');
  return explore({ ...model, actions, properties }).report.results[0]?.verdict === 'violated';
}

describe('the channel of events', () => {
  it('1dcd765fa: up to running-execs a handler sends on the channel that Shutdown has closed', () => {
    const older = revisions.find(({ slug }) => slug === 'running-execs') ?? expect.fail('no running-execs');
    expect(shortest(check(older), panic)).toMatchInlineSnapshot(`
        [
          "ClientCreates(create c1)",
          "ClientShutsDown(shutdown shim)",
          "ShimShutsDown(shutdown shim)",
          "ShimLocksService(create c1)",
          "ShimSubscribes(create c1)",
          "RuncForks(create c1, 100)",
          "RuncReturns(create c1)",
          "ShutdownIsDone",
          "ShimPublishesCreate(create c1)",
        ]
      `);
    for (const revision of [main, proposed]) expect(shortest(check(revision), panic)).toBeNull();
  });

  it('2486c1298: the process of main ends while events are queued', () => {
    const report = check(main);
    expect(shortest(report, whole)).toMatchInlineSnapshot(`
      [
        "ClientCreates(create c1)",
        "ClientShutsDown(shutdown shim)",
        "ShimSubscribes(create c1)",
        "RuncForks(create c1, 100)",
        "RuncReturns(create c1)",
        "ShimShutsDown(shutdown shim)",
        "ShimStoresContainer(create c1)",
        "ShimPublishesCreate(create c1)",
        "ShutdownIsDone",
        "ShimEnds",
      ]
    `);
    expect(unmet(report)).toEqual([
      'no exit is lost',
      'running holds no dead process',
      'Shutdown leaves no process behind',
      whole,
    ]);
  });

  it('loses what is queued by no more than a panic, where the process waits for forward as in 1.7', () => {
    const older = revisions.find(({ slug }) => slug === 'running-execs') ?? expect.fail('no running-execs');
    const model = modelOf(older, bound(1, 0, 'shutdown', 'channel'));
    const properties = wholeModel(model).properties.map((rule) => ({
      ...rule,
      check: (s: Service, subject: string, after: Service) =>
        s.processExits.pc === 'panicked' || rule.check(s, subject, after),
    }));
    expect(shortest(explore({ ...model, properties }).report, whole)).toBeNull();
  });

  it('is no limit for proposed, which empties its outbox or says what is lost', () => {
    const options = ['shutdown', 'delete', 'channel'] as const;
    for (const report of [
      check(proposed, bound(1, 1, ...options)),
      check(proposed, bound(1, 0, ...options, 'publisher')),
    ])
      expect([report.stoppedBy, unmet(report)]).toEqual([null, []]);
  });

  it('is full while a listener does not answer: then only the time-out of Forward leads on', () => {
    const within = bound(1, 0, 'channel', 'publisher');
    expect(wayToStall(main, within)?.slice(-5)).toMatchInlineSnapshot(`
      [
        "ShimReceivesExit",
        "ShimForwards(forward)",
        "ShimPublishesStart(start c1)",
        "ShimHandlesStarted(start c1)",
        "ShimSetsExited(start c1)",
      ]
    `);
    expect(wayToStall(main, bound(1, 0, 'channelTwo', 'publisher'))).toBeNull();
    expect(wayToStall(main, bound(1, 0, 'channelTwo', 'publisher', 'delete'))).toHaveLength(28);
    expect(wayToStall(proposed, within)).toBeNull();
    expect([main, proposed].map((revision) => hangs(revision, within))).toEqual([true, false]);
  });

  it('makes a send wait, and breaks no rule by that', () => {
    for (const room of ['channel', 'channelTwo'] as const) {
      const report = check(main, bound(1, 0, 'delete', room));
      expect(unmet(report).filter((name) => !name.startsWith('delivered: '))).toEqual(
        unmet(check(main, bound(1, 0, 'delete'))),
      );
    }
  });
});
