/** containerd's end of the events is away, or slow. */
import { type Breach, breach } from '../checks/breach.ts';
import { createAndStart, exitOf, expectSuccess, openGate, type Scenario } from '../checks/scenario-steps.ts';
import { MissingEvent } from '../shim/events-server.ts';

const lostRule = 'no event is lost while containerd is away';
const shortMs = 2_000;
const longMs = 7_000;
const answeredMs = 200;
const slowMs = 300;
const owedMaxMs = 15_000;

export const eventScenarios: readonly Scenario[] = [
  ...[shortMs, longMs].map(
    (awayMs): Scenario => ({
      name: `containerd is away for ${awayMs / 1_000} s while an exec runs`,
      rules: [lostRule, 'start precedes exit', 'at most one exit per process'],
      drive: async (conductor) => {
        const subject = await openGate(conductor);
        return expectSuccess(async () => {
          await createAndStart(subject);
          await subject.events.wait('start', ({ topic }) => topic === '/tasks/start');
          // The answer to the event is on its way: without it, the shim would rightly send the event again.
          await conductor.timeline.quiet(answeredMs, owedMaxMs);
          await subject.events.stop();
          await subject.exec('c1', 'e1', ['/bin/true']);
          await subject.startProcess('c1', 'e1');
          await subject.wait('c1', 'e1');
          await new Promise((resolve) => setTimeout(resolve, awayMs));
          await subject.events.listen();
          return expectAll(['exec-added', 'exec-started', 'exit'], (topic) =>
            subject.events.wait(
              topic,
              (event) => event.topic === `/tasks/${topic}` && event.exec === 'e1',
              owedMaxMs,
            ),
          );
        });
      },
    }),
  ),
  {
    name: 'containerd takes its time with each event',
    rules: ['start precedes exit', 'at most one exit per process'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      subject.events.answerAfterMs = slowMs;
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

async function expectAll(
  topics: readonly string[],
  come: (topic: string) => Promise<unknown>,
): Promise<readonly Breach[]> {
  const breaches: Breach[] = [];
  for (const topic of topics) {
    try {
      await come(topic);
    } catch (error) {
      if (!(error instanceof MissingEvent)) throw error;
      breaches.push(breach(lostRule, 'c1/e1', `${topic} did not come within ${owedMaxMs} ms of its return`));
    }
  }
  return breaches;
}
