/** containerd's end of the events is away, stopped, late, or refuses. */
import { setTimeout as sleep } from 'node:timers/promises';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { type Breach, breach } from '../checks/breach.ts';
import {
  createAndStart,
  exitOf,
  expectSuccess,
  openGate,
  repetitionRule,
  type Scenario,
} from '../checks/scenario-steps.ts';
import type { Conductor } from '../shim/conductor.ts';
import { MissingEvent } from '../shim/events-server.ts';
import type { Subject } from '../shim/subject.ts';

const lostRule = 'no event is lost while containerd is away';
const shortMs = 2_000;
const longMs = 7_000;
/** containerd's publisher gives an event up when its connections have been refused for 15 s. */
const longestMs = 17_000;
const lateMs = 6_000;
const againMs = 2_000;
const answeredMs = 200;
const slowMs = 300;
/** containerd's publisher tries again after five seconds at most; connecting takes it as long. */
const owedMaxMs = 11_000;

const troubles: readonly Scenario[] = [
  ...[shortMs, longMs].map(
    (awayMs): Scenario => ({
      name: `containerd is away for ${awayMs / 1_000} s while an exec runs`,
      rules: [lostRule, 'start precedes exit', 'at most one exit per process'],
      drive: (conductor) =>
        execWhile(conductor, 'goes away', async ({ events }) => {
          await events.stop();
          return async () => {
            await sleep(awayMs);
            await events.listen();
          };
        }),
    }),
  ),
  {
    name: 'containerd is restarted, and then an exec runs',
    rules: [lostRule, 'start precedes exit'],
    drive: (conductor) =>
      execWhile(conductor, 'is restarted', async ({ events }) => {
        await events.stop();
        await events.listen();
        return async () => undefined;
      }),
  },
  {
    name: `containerd is killed, and back after ${longestMs / 1_000} s`,
    rules: [lostRule, 'no exit is lost'],
    drive: (conductor) =>
      execWhile(conductor, 'is killed', async ({ events }) => {
        await events.die();
        return async () => {
          await sleep(longestMs);
          await events.listen();
        };
      }),
  },
  {
    name: `containerd is stopped for ${longMs / 1_000} s while an exec runs`,
    rules: [lostRule, 'start precedes exit', repetitionRule],
    drive: (conductor) =>
      execWhile(conductor, 'is stopped', async ({ events }) => {
        events.freeze();
        return async () => {
          await sleep(longMs);
          events.thaw();
        };
      }),
  },
  {
    name: 'containerd refuses an event once',
    rules: [lostRule, 'start precedes exit'],
    drive: (conductor) =>
      execWhile(conductor, 'will refuse exec-started once', async ({ events }) => {
        let isRefused = false;
        events.onForward = ({ topic }) => {
          if (isRefused || topic !== '/tasks/exec-started') return;
          isRefused = true;
          throw new StatusError(code.unknown, 'containerd has no room for it');
        };
        return async () => undefined;
      }),
  },
  {
    name: `containerd answers an event after ${lateMs / 1_000} s`,
    rules: [lostRule, 'start precedes exit', repetitionRule],
    drive: (conductor) =>
      execWhile(conductor, `will answer exec-started after ${lateMs / 1_000} s`, async ({ events }) => {
        let isLate = false;
        events.answerAfterMs = ({ topic }) => {
          if (isLate || topic !== '/tasks/exec-started') return 0;
          isLate = true;
          return lateMs;
        };
        // The shim gives it up after five seconds, and sends it again.
        return () => sleep(lateMs + againMs);
      }),
  },
  {
    name: 'containerd takes its time with each event',
    rules: ['start precedes exit', 'at most one exit per process'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      subject.events.answerAfterMs = () => slowMs;
      return expectSuccess(async () => {
        await createAndStart(subject);
        for (const id of ['e1', 'e2']) {
          await subject.exec('c1', id, ['/bin/true']);
          await subject.startProcess('c1', id);
        }
        for (const id of ['e1', 'e2']) await exitOf(subject, id);
        return [];
      });
    },
  },
];

export const eventScenarios: readonly Scenario[] = troubles.map((each) => ({ ...each, isIdle: true }));

/**
 * An exec runs and ends while containerd's end of the events is in trouble. Every event must come after that.
 *
 * @param what the trouble, as reports tell it
 * @param trouble begins the trouble; what it returns ends it
 */
async function execWhile(
  conductor: Conductor,
  what: string,
  trouble: (subject: Subject) => Promise<() => Promise<unknown>>,
): Promise<readonly Breach[]> {
  const subject = await openGate(conductor);
  return expectSuccess(async () => {
    await createAndStart(subject);
    await subject.events.wait('start', ({ topic }) => topic === '/tasks/start');
    // The answer to the event is on its way: without it, the shim would rightly send the event again.
    await conductor.timeline.quiet(answeredMs, owedMaxMs);
    const end = await trouble(subject);
    conductor.timeline.add({ kind: 'note', text: `containerd's end of the events ${what}` });
    await subject.exec('c1', 'e1', ['/bin/true']);
    await subject.startProcess('c1', 'e1');
    await subject.wait('c1', 'e1');
    await end();
    conductor.timeline.add({ kind: 'note', text: "containerd's end of the events is as before" });
    return expectAll(['exec-added', 'exec-started', 'exit'], (topic) =>
      subject.events.wait(
        topic,
        (event) => event.topic === `/tasks/${topic}` && event.exec === 'e1',
        owedMaxMs,
      ),
    );
  });
}

async function expectAll(
  topics: readonly string[],
  come: (topic: string) => Promise<unknown>,
): Promise<readonly Breach[]> {
  const ends = await Promise.allSettled(topics.map(come));
  return ends.flatMap((end, i) => {
    if (end.status === 'fulfilled') return [];
    if (!(end.reason instanceof MissingEvent)) throw end.reason;
    return [breach(lostRule, 'c1/e1', `${topics[i]} did not come within ${owedMaxMs} ms of its return`)];
  });
}
