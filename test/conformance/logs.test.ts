import { describe, expect, it } from 'vitest';
import { LogJudge } from '../../conformance/log/log-judge.ts';
import { type LogBreach, Monitor, type Watched } from '../../conformance/log/monitor.ts';
import { type ObservedEvent, processOf } from '../../conformance/log/observed.ts';
import { watchedMax } from '../../conformance/log/watched-containers.ts';
import { type Event, logRules, type Revision, revisions } from '../../spec/index.ts';
import { runs } from '../depth.ts';
import { observed, Runs } from '../logs/walks.ts';
import { fc, test } from '../random.ts';
import { bound } from '../spec/bounds.ts';

function revisionOf(slug: string): Revision {
  return revisions.find((revision) => revision.slug === slug) ?? expect.fail(`no revision ${slug}`);
}

function judged(
  judge: LogJudge | null,
  log: readonly ObservedEvent[],
): { breaches: LogBreach[]; watched: Watched } {
  const breaches: LogBreach[] = [];
  const monitor = new Monitor(judge, (breach) => breaches.push(breach));
  for (const event of log) monitor.take(event);
  return { breaches, watched: monitor.finish() };
}

const names = (breaches: readonly LogBreach[]): string[] =>
  [...new Set(breaches.map(({ rule }) => rule.name))].toSorted();

const walks = fc.array(fc.nat(10_000), { minLength: 30, maxLength: 160 });
const proposed = revisionOf('proposed');
const judge = new LogJudge(proposed);

describe('the logs of a specification', () => {
  // Each exec is walked with its init alone: a log of many execs must not be rejected for that.
  const bounds = [
    bound(1, 3, 'delete', 'execOnCreated', 'runcFails'),
    bound(1, 2, 'delete', 'sharedPidNamespace', 'runcFails', 'kill', 'wait'),
    bound(2, 2, 'delete', 'execOnCreated', 'earlyCalls'),
    bound(1, 2, 'delete', 'again', 'runcFails'),
  ];
  const walkers = bounds.map((each) => new Runs(proposed, each));
  test.prop([fc.nat(bounds.length - 1), walks], { numRuns: runs(60, 1_000) })(
    'are not rejected by it',
    (which, choices) => {
      const { log } = walkers[which]?.run(choices) ?? expect.fail();
      const { breaches } = judged(judge, log.map(observed));
      expect(breaches.map(({ rule, event }) => [rule.name, event?.at])).toEqual([]);
    },
  );

  test.prop([fc.nat(bounds.length - 1), walks, fc.nat(40)], { numRuns: runs(30, 500) })(
    'are not rejected where an observer came late',
    (which, choices, late) => {
      const { log } = walkers[which]?.run(choices) ?? expect.fail();
      const seen = log.map(observed).slice(late % (log.length + 1));
      expect(judged(judge, seen).breaches.map(({ rule, event }) => [rule.name, event])).toEqual([]);
    },
  );

  // A monitor of a stream and the properties of the model are two readings of the same rules.
  const wide = bound(1, 2, 'delete', 'execOnCreated', 'earlyCalls', 'again', 'sharedPidNamespace');
  const buggy = ['early-exits', 'mu-locked', 'pending-execs', 'main'].map(
    (slug) => new Runs(revisionOf(slug), wide),
  );
  test.prop([fc.nat(buggy.length - 1), walks], { numRuns: runs(60, 1_000) })(
    'break the rules for a monitor that they break for the checker',
    (which, choices) => {
      const { log, broken } = buggy[which]?.run(choices) ?? expect.fail();
      // Without a create, or with a delete before it, an observer cannot tell whether it came late.
      const first = log.find(({ topic }) => topic === 'create' || topic === 'delete');
      fc.pre(first?.topic === 'create');
      const ofLogs = new Set(logRules.map(({ name }) => name));
      const found = names(judged(null, log.map(observed)).breaches).filter((name) => ofLogs.has(name));
      const text = log.map(({ topic, process }) => `${topic} ${process}`).join(', ');
      expect([text, found]).toEqual([text, broken.toSorted()]);
    },
  );

  it('of a revision that overtakes an exit are rejected, with what would have been allowed', () => {
    const log = [
      'create c1',
      'start c1',
      'exec-added c1/e1',
      'exit c1/e1',
      'exec-started c1/e1',
      'exit c1',
      'delete c1',
    ];
    const events = log.map((text, i) => {
      const [topic, process] = text.split(' ') as [Event['topic'], string];
      return observed({ topic, process, pid: 0 }, i);
    });
    const { breaches } = judged(judge, events);
    expect(names(breaches)).toEqual(['start precedes exit']);
    const [{ diagnosis, event } = expect.fail('no breach')] = breaches;
    expect(event?.at).toBe('event 4');
    expect(diagnosis?.allowed).toEqual(['exec-started', 'exit']);
    expect(diagnosis?.nearest()?.map(({ kind, letter }) => `${kind} ${letter}`)).toEqual([
      'kept create',
      'kept start',
      'kept exec-added',
      'dropped exec-exit',
      'kept exec-started',
      'moved exec-exit',
      'kept exit',
      'kept delete',
    ]);
  });
});

describe('Monitor', () => {
  const log = (lines: string): ObservedEvent[] =>
    lines
      .trim()
      .split('\n')
      .map((line, i) => {
        const [topic = '', process = '', pid = '0', status] = line.trim().split(' ');
        const event = observed({ topic: topic as Event['topic'], process, pid: Number(pid) }, i);
        return { ...event, exitStatus: status === undefined ? null : Number(status) };
      });
  const rulesOf = (lines: string): string[] => names(judged(judge, log(lines)).breaches);

  it('has no complaint about a container whose name and exec ids are used again', () => {
    expect(
      rulesOf(`create c1 1
        start c1 1
        exec-added c1/e1
        exec-started c1/e1 2
        exit c1/e1 2 0
        exec-added c1/e1
        exec-started c1/e1 3
        exit c1/e1 3 1
        exit c1 1 0
        delete c1 1 0
        create c1 9
        delete c1 9`),
    ).toEqual([]);
  });

  it('counts an exit as lost when its container is deleted, or made again', () => {
    const begin = `create c1 1
      start c1 1
      exec-added c1/e1
      exec-started c1/e1 2`;
    expect(rulesOf(`${begin}\nexit c1 1 0\ndelete c1 1 0`)).toContain('no exit is lost');
    expect(rulesOf(`${begin}\nexec-added c1/e1`)).toContain('no exit is lost');
    expect(rulesOf(`create c1 1\nstart c1 1\ncreate c1 5`)).toContain('no exit is lost');
    expect(rulesOf(begin)).toEqual([]);
  });

  it('shows a lost exit by the event that was published, and says whose exit it is', () => {
    const begin = ['create c1 1', 'start c1 1', 'exec-added c1/e1', 'exec-started c1/e1 2'];
    for (const end of ['delete c1 1 0', 'create c1 5', 'exec-added c1/e1']) {
      const events = log([...begin, end].join('\n'));
      const lost = judged(judge, events).breaches.filter(({ rule }) => rule.name === 'no exit is lost');
      const ofExec = lost.filter((breach) => processOf(breach) === 'c1/e1');
      expect(ofExec.map(({ event }) => event)).toEqual([events.at(-1)]);
      for (const { event, history } of lost) expect(history).toContain(event);
    }
  });

  it('keeps the event of a breach in its history, however many come later', () => {
    const execs = Array.from(
      { length: 100 },
      (_, i) => `exec-added c1/e${i}\nexec-started c1/e${i} ${i + 10}\nexit c1/e${i} ${i + 10} 0`,
    );
    const { breaches } = judged(judge, log(`create c1 1\nstart c1 1\nresumed c1\n${execs.join('\n')}`));
    const [{ event, history } = expect.fail('no breach')] = breaches;
    expect(history.indexOf(event)).toBe(2);
    expect(history.length).toBeLessThan(200);
  });

  it('knows an event after the delete for what it is', () => {
    expect(rulesOf('create c1 1\nstart c1 1\nexit c1 1 0\ndelete c1 1 0\nexit c1 1 0')).toContain(
      'at most one exit per process',
    );
  });

  it('compares pids and statuses', () => {
    expect(rulesOf('create c1 1\nstart c1 1\nexit c1 7 0')).toEqual(['the events of a process name one pid']);
    expect(rulesOf('create c1 1\nstart c1 1\nexit c1 1 3\ndelete c1 1 4')).toEqual([
      'delete repeats the exit',
    ]);
  });

  it('judges pauses and the deletes of execs', () => {
    expect(rulesOf('create c1 1\nstart c1 1\nresumed c1')).toEqual(['resumed follows paused']);
    expect(rulesOf('create c1 1\nstart c1 1\npaused c1\nresumed c1')).toEqual([]);
    const exec = 'create c1 1\nstart c1 1\nexec-added c1/e1\nexec-started c1/e1 2';
    expect(rulesOf(`${exec}\ndelete c1/e1 2 0`)).toEqual(['delete of an exec follows its exit']);
    expect(rulesOf(`${exec}\nexit c1/e1 2 0\ndelete c1/e1 2 0`)).toEqual([]);
  });

  // 10,000 execs of one container: quadratic work would take longer than the runner waits, memory of each exec shows.
  it('forgets what execs were of a container that has many, and keeps what is still to come', () => {
    const monitor = new Monitor(judge, () => expect.fail('a breach'));
    const take = (line: string): void => log(line).forEach((event) => void monitor.take(event));
    take('create c1 1\nstart c1 1\nexec-added c1/old\nexec-started c1/old 2');
    for (let i = 0; i < 10_000; i++)
      take(`exec-added c1/e${i}\nexec-started c1/e${i} ${i + 10}\nexit c1/e${i} ${i + 10} 0`);
    take(
      'exec-added c1/e0\nexec-started c1/e0 9\nexit c1/e0 9 0\nexit c1/old 2 0\nexit c1 1 0\ndelete c1 1 0',
    );
    expect(monitor.finish()).toMatchObject({ events: 30_010, unfinished: 0 });
  });

  it('forgets silent containers where there are too many, not the one that goes on', () => {
    const monitor = new Monitor(null, () => expect.fail('a breach'));
    const take = (line: string): void => log(line).forEach((event) => void monitor.take(event));
    take('create old 1\nstart old 1');
    for (let i = 0; i < watchedMax + 1_000; i++) {
      take(`create c${i} 1`);
      if (i % 50_000 === 0) take('paused old\nresumed old');
    }
    // Forgotten, it would have been created before the log begins.
    take('exit old 1 0\ndelete old 1 0');
    expect(monitor.finish()).toMatchObject({ forgotten: 1_001, begunBefore: 0 });
  });

  it('says what it could not judge', () => {
    const { watched } = judged(judge, log('exit c1 1 0\ncreate c2 2\nstart c2 2'));
    expect(watched).toMatchObject({ events: 3, containers: 2, begunBefore: 1, unfinished: 1, forgotten: 0 });
  });
});
