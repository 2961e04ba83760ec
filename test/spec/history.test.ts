import { describe, expect, it } from 'vitest';
import { explore, replay } from '../../checker/index.ts';
import { wholeModel } from '../../checker/whole-model.ts';
import { type Bound, labelOf, modelOf, revisions, tracedModelOf } from '../../spec/index.ts';
import { isDeep } from '../depth.ts';
import { bound } from './bounds.ts';

/** The shortest way in which a revision breaks a rule about one of `subjects`, and the log at its end. */
function shortest(
  slug: string,
  b: Bound,
  name: string,
  subjects: (subject: string) => boolean,
): { verdict: string | undefined; trace: readonly string[]; log: readonly string[] } {
  const revision = revisions.find((r) => r.slug === slug) ?? expect.fail(`no revision ${slug}`);
  const model = modelOf(revision, b);
  const properties = wholeModel(model)
    .properties.filter((property) => property.name === name)
    .map((property) => ({ ...property, subjects: property.subjects.filter(subjects) }));
  const { report } = explore({ ...model, properties }, { limits: { stopAtViolation: true } });
  const trace = report.results[0]?.trace;
  if (!trace) return { verdict: report.results[0]?.verdict, trace: [], log: [] };
  const events = replay(tracedModelOf(revision, b), trace).at(-1)?.after.events ?? [];
  return {
    verdict: 'violated',
    trace: trace.map(labelOf),
    log: events.map(({ topic, process }) => `${topic} ${process}`),
  };
}

const isExec = (process: string): boolean => process.includes('/');
const isInit = (process: string): boolean => !isExec(process);

describe('what upstream knows', () => {
  it('containerd#9103: early-exits alone deadlocks in Create', () => {
    for (const { slug } of revisions) {
      const { verdict, trace } = shortest(slug, bound(1, 1), 'no deadlock', () => true);
      expect([slug, verdict, trace.length]).toEqual(
        slug === 'early-exits' ? [slug, 'violated', 10] : [slug, 'holds', 0],
      );
    }
  });

  it("containerd#9719: an init's exit overtakes an exec's in early-exits and mu-locked", () => {
    for (const slug of ['early-exits', 'mu-locked']) {
      const found = shortest(slug, bound(1, 1), "an init's exit is the last of its container", () => true);
      expect(found.trace).toHaveLength(39);
      expect(found.log).toEqual([
        'create c1',
        'start c1',
        'exec-added c1/e1',
        'exit c1',
        'exec-started c1/e1',
      ]);
    }
  });

  it('containerd#9999: pending-execs loses the exit of an exec while another is starting', () => {
    const found = shortest('pending-execs', bound(1, 2), 'no exit is lost', isExec);
    expect(found).toMatchInlineSnapshot(`
      {
        "log": [
          "create c1",
          "start c1",
          "exec-added c1/e1",
          "exec-added c1/e2",
          "exec-started c1/e1",
          "exec-started c1/e2",
        ],
        "trace": [
          "ClientCreates(create c1)",
          "ShimLocksService(create c1)",
          "ShimSubscribes(create c1)",
          "RuncForks(create c1, 100)",
          "RuncReturns(create c1)",
          "ShimPublishesCreate(create c1)",
          "ShimHandlesStarted(create c1)",
          "ShimReplies(create c1)",
          "ClientStarts(start c1)",
          "ShimFindsContainer(start c1)",
          "ShimSubscribes(start c1)",
          "ShimFindsProcess(start c1)",
          "ShimStartsProcess(start c1)",
          "RuncReleasesInit(start c1)",
          "RuncReturns(start c1)",
          "ShimPublishesStart(start c1)",
          "ShimHandlesStarted(start c1)",
          "ShimReplies(start c1)",
          "ClientExecs(exec c1/e1)",
          "ShimFindsContainer(exec c1/e1)",
          "ShimAddsExec(exec c1/e1)",
          "ShimPublishesExecAdded(exec c1/e1)",
          "ShimReplies(exec c1/e1)",
          "ClientStarts(start c1/e1)",
          "ShimFindsContainer(start c1/e1)",
          "ShimSubscribes(start c1/e1)",
          "ShimFindsProcess(start c1/e1)",
          "ShimStartsProcess(start c1/e1)",
          "ClientExecs(exec c1/e2)",
          "ShimFindsContainer(exec c1/e2)",
          "ShimAddsExec(exec c1/e2)",
          "ShimPublishesExecAdded(exec c1/e2)",
          "ShimReplies(exec c1/e2)",
          "ClientStarts(start c1/e2)",
          "ShimFindsContainer(start c1/e2)",
          "ShimSubscribes(start c1/e2)",
          "ShimFindsProcess(start c1/e2)",
          "ShimStartsProcess(start c1/e2)",
          "RuncForks(start c1/e1, 101)",
          "RuncReturns(start c1/e1)",
          "ShimPublishesStart(start c1/e1)",
          "ShimHandlesStarted(start c1/e1)",
          "ShimReplies(start c1/e1)",
          "RuncForks(start c1/e2, 102)",
          "RuncReturns(start c1/e2)",
          "ShimPublishesStart(start c1/e2)",
          "ProcessExits(c1/e1)",
          "KernelReaps(c1/e1)",
          "ShimReceivesExit",
          "ShimHandlesStarted(start c1/e2)",
          "ShimReplies(start c1/e2)",
        ],
        "verdict": "violated",
      }
    `);
    expect(shortest('defer-init-only', bound(1, 2), 'no exit is lost', isExec).verdict).toBe('holds');
  });

  it('containerd#10589: defer-init-only loses the exit of an init whose last pending exec is running', () => {
    const found = shortest('defer-init-only', bound(1, 2), 'no exit is lost', isInit);
    expect(found).toMatchInlineSnapshot(`
      {
        "log": [
          "create c1",
          "start c1",
          "exec-added c1/e1",
          "exec-added c1/e2",
        ],
        "trace": [
          "ClientCreates(create c1)",
          "ShimLocksService(create c1)",
          "ShimSubscribes(create c1)",
          "RuncForks(create c1, 100)",
          "RuncReturns(create c1)",
          "ShimPublishesCreate(create c1)",
          "ShimHandlesStarted(create c1)",
          "ShimReplies(create c1)",
          "ClientStarts(start c1)",
          "ShimFindsContainer(start c1)",
          "ShimSubscribes(start c1)",
          "ShimFindsProcess(start c1)",
          "ShimStartsProcess(start c1)",
          "RuncReleasesInit(start c1)",
          "RuncReturns(start c1)",
          "ShimPublishesStart(start c1)",
          "ShimHandlesStarted(start c1)",
          "ShimReplies(start c1)",
          "ClientExecs(exec c1/e1)",
          "ShimFindsContainer(exec c1/e1)",
          "ShimAddsExec(exec c1/e1)",
          "ShimPublishesExecAdded(exec c1/e1)",
          "ShimReplies(exec c1/e1)",
          "ClientStarts(start c1/e1)",
          "ShimFindsContainer(start c1/e1)",
          "ShimSubscribes(start c1/e1)",
          "ShimFindsProcess(start c1/e1)",
          "ShimStartsProcess(start c1/e1)",
          "ClientExecs(exec c1/e2)",
          "ShimFindsContainer(exec c1/e2)",
          "ShimAddsExec(exec c1/e2)",
          "ShimPublishesExecAdded(exec c1/e2)",
          "ShimReplies(exec c1/e2)",
          "ClientStarts(start c1/e2)",
          "ShimFindsContainer(start c1/e2)",
          "ProcessExits(c1)",
          "RuncFails(start c1/e1)",
          "KernelReaps(c1)",
          "ShimReceivesExit",
          "ShimSubscribes(start c1/e2)",
          "ShimHandlesStarted(start c1/e1)",
          "ShimReplies(start c1/e1)",
          "ShimFindsProcess(start c1/e2)",
          "ShimStartsProcess(start c1/e2)",
          "RuncFails(start c1/e2)",
          "ShimHandlesStarted(start c1/e2)",
          "ShimReplies(start c1/e2)",
        ],
        "verdict": "violated",
      }
    `);
    expect(shortest('running-execs', bound(1, 2), 'no exit is lost', isInit).verdict).toBe('holds');
  });

  it('running-execs and main keep the order of exits on the plain course', () => {
    const b = bound(1, isDeep ? 2 : 1, 'delete');
    for (const slug of ['running-execs', 'main']) {
      for (const name of [
        'start precedes exit',
        "an init's exit is the last of its container",
        'no exit is lost',
      ]) {
        expect([slug, name, shortest(slug, b, name, () => true).verdict]).toEqual([slug, name, 'holds']);
      }
    }
  });
});

describe('what upstream does not know', () => {
  it('main: a Delete overtakes the exit, between SetExited and the send', () => {
    const { trace, log } = shortest('main', bound(1, 0, 'delete'), 'delete follows exit', () => true);
    expect(trace.slice(-8)).toMatchInlineSnapshot(`
      [
        "KernelReaps(c1)",
        "ShimReceivesExit",
        "ShimHandlesStarted(start c1)",
        "ShimSetsExited(start c1)",
        "ShimDeletesProcess(delete c1)",
        "RuncReturns(delete c1)",
        "ShimForgetsContainer(delete c1)",
        "ShimPublishesDelete(delete c1)",
      ]
    `);
    expect(log).toEqual(['create c1', 'start c1', 'delete c1']);
  });

  it('main: an init that exits early in Start neither waits for its execs nor kills them', () => {
    const b = bound(1, 1, 'sharedPidNamespace', 'execOnCreated');
    const { trace, log } = shortest('main', b, "no orphan after an init's exit", () => true);
    expect(trace).toHaveLength(31);
    expect(log).toMatchInlineSnapshot(`
      [
        "create c1",
        "exec-added c1/e1",
        "exit c1",
      ]
    `);
  });

  it('main: a second Start of an exec that runc could not start panics the shim', () => {
    const { trace } = shortest(
      'main',
      bound(1, 1, 'again', 'runcFails'),
      'the shim does not panic',
      () => true,
    );
    expect(trace.slice(-12)).toMatchInlineSnapshot(`
      [
        "ClientStarts(start c1/e1)",
        "ShimFindsContainer(start c1/e1)",
        "ShimSubscribes(start c1/e1)",
        "ShimFindsProcess(start c1/e1)",
        "ShimStartsProcess(start c1/e1)",
        "ClientStarts(start c1/e1 again)",
        "ShimFindsContainer(start c1/e1 again)",
        "ShimSubscribes(start c1/e1 again)",
        "ShimFindsProcess(start c1/e1 again)",
        "RuncCrashes(start c1/e1)",
        "ShimStartsProcess(start c1/e1 again)",
        "RuncCrashes(start c1/e1 again)",
      ]
    `);
  });

  it('main: two overlapping Starts publish an exit twice', () => {
    const { log } = shortest('main', bound(1, 0, 'again'), 'at most one exit per process', () => true);
    expect(log).toEqual(['create c1', 'exit c1', 'exit c1']);
  });
});
