/** Pauses that fail, and what comes to a paused task. */
import { type Breach, breach } from '../checks/breach.ts';
import {
  createAndStart,
  exitOf,
  expectRefusal,
  expectStatus,
  expectSuccess,
  isAnnounced,
  openGate,
  pauseRule,
  refusalRule,
  type Scenario,
  stateRule,
  statusRule,
} from '../checks/scenario-steps.ts';
import type { Subject } from '../shim/subject.ts';

const arrivalMaxMs = 2_500;
/** How long an event may be on its way that should not have been sent, in milliseconds. */
const lateMs = 250;
const sigkill = 9;
const status = { running: 2, stopped: 3, paused: 4 } as const;

export const pauseScenarios: readonly Scenario[] = [
  {
    name: 'a pause fails, and the next one succeeds',
    rules: [refusalRule, pauseRule, stateRule],
    drive: async (conductor) => {
      const { gate, timeline } = conductor;
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        gate.hold('pause-c1');
        const refused = expectRefusal("Pause, where the OCI runtime's pause fails", null, () =>
          subject.pause('c1'),
        );
        if (!(await gate.arrival('pause-c1', 'before', arrivalMaxMs))) {
          conductor.unjudgeable = "the shim did not run the OCI runtime's pause";
          return [];
        }
        await gate.release('pause-c1', 'before', 'fail');
        const breaches = [...(await refused)];
        await timeline.quiet(lateMs, 2 * lateMs);
        if (subject.events.seen.some(({ topic }) => topic === '/tasks/paused'))
          breaches.push(breach(pauseRule, 'c1', 'a pause that failed was announced'));
        breaches.push(...(await stateBreaches(subject, 'a pause that failed', status.running)));
        await gate.open();
        if (breaches.length > 0) return breaches;
        await subject.pause('c1');
        if (!(await isAnnounced(subject, '/tasks/paused')))
          breaches.push(breach(pauseRule, 'c1', 'the pause after one that failed was not announced'));
        breaches.push(...(await stateBreaches(subject, 'the second pause', status.paused)));
        await subject.resume('c1');
        return breaches;
      });
    },
  },
  {
    name: 'a paused task is killed',
    rules: ['no exit is lost', statusRule, stateRule, 'a valid call is not refused'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        await subject.exec('c1', 'e1', ['/bin/sleep', '3600']);
        await subject.startProcess('c1', 'e1');
        const waiting = subject.wait('c1');
        await subject.pause('c1');
        await subject.kill('c1', sigkill);
        const { exitStatus } = await exitOf(subject, '');
        await exitOf(subject, 'e1');
        const found = { TaskExit: exitStatus, Wait: (await waiting).exitStatus };
        const breaches = [
          ...expectStatus(128 + sigkill, found),
          ...(await stateBreaches(subject, 'a paused task has exited', status.stopped)),
        ];
        await subject.delete('c1', 'e1');
        await subject.delete('c1');
        return breaches;
      });
    },
  },
];

async function stateBreaches(subject: Subject, after: string, expected: number): Promise<Breach[]> {
  const found = (await subject.state('c1')).status;
  if (found === expected) return [];
  return [breach(stateRule, 'c1', `State after ${after} has status ${found}, expected ${expected}`)];
}
