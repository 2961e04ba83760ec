/** An init that runs out of memory: whoever asks why it ended reads it at its exit. */
import { type Breach, breach } from '../checks/breach.ts';
import {
  exitOf,
  expectSuccess,
  isAnnounced,
  openGate,
  type Scenario,
  setInitArgs,
} from '../checks/scenario-steps.ts';
import type { Conductor } from '../shim/conductor.ts';
import { waitUntil } from '../shim/polling.ts';
import { isRunning } from '../shim/processes.ts';
import type { Subject } from '../shim/subject.ts';

const oomRule = 'TaskOOM precedes the exit that it explains';
const smallMemoryBytes = 16 * 1024 ** 2;
const eatMemory = ['/bin/dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'];
const rounds = ['c2', 'c3', 'c4', 'c5'];
const arrivalMaxMs = 2_500;
const deathMaxMs = 10_000;
/** How long a TaskOOM may be on its way behind the TaskExit, in milliseconds. */
const lateMs = 1_000;

export const memoryScenarios: readonly Scenario[] = [
  {
    name: 'an init runs out of memory, and is deleted when Wait returns',
    rules: [oomRule, 'nothing follows the delete'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        if (!(await collectsOoms(conductor))) return [];
        const breaches: Breach[] = [];
        for (const id of rounds) {
          limitMemory(subject, id, ['/bin/sh', '-c', `sleep 0.2; exec ${eatMemory.join(' ')}`]);
          await subject.create(id);
          const waiting = subject.wait(id);
          await subject.startProcess(id);
          await waiting;
          await subject.delete(id);
          breaches.push(...(await judgeOom(conductor, id)));
        }
        return breaches;
      });
    },
  },
  {
    name: 'an init runs out of memory before its Start is answered',
    rules: [oomRule],
    drive: async (conductor) => {
      const { gate, timeline } = conductor;
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        if (!(await collectsOoms(conductor))) return [];
        limitMemory(subject, 'c2', eatMemory);
        const { pid } = await subject.create('c2');
        gate.hold('start-c2');
        const starting = subject.startProcess('c2');
        starting.catch(() => undefined);
        if (!(await gate.arrival('start-c2', 'before', arrivalMaxMs))) {
          conductor.unjudgeable = "the shim did not run the OCI runtime's start";
          return [];
        }
        await gate.release('start-c2', 'before');
        await waitUntil(() => !isRunning(pid), deathMaxMs);
        timeline.add({ kind: 'note', text: "c2 has ended, and the OCI runtime's start has not returned" });
        await gate.open();
        await starting;
        return judgeOom(conductor, 'c2');
      });
    },
  },
];

/** Whether the shim publishes a TaskOOM where all goes well. Where it does not, nothing can be judged. */
async function collectsOoms(conductor: Conductor): Promise<boolean> {
  const { subject } = conductor;
  limitMemory(subject, 'c1', ['/bin/sleep', '3600']);
  await subject.create('c1');
  await subject.startProcess('c1');
  await subject.exec('c1', 'e1', eatMemory);
  await subject.startProcess('c1', 'e1');
  const { exitStatus } = await exitOf(subject, 'e1');
  if (exitStatus === 0) conductor.unjudgeable = 'the kernel did not kill the process that ran out of memory';
  else if (!(await isAnnounced(subject, '/tasks/oom')))
    conductor.unjudgeable = 'no TaskOOM came of an exec: the shim does not collect them, or it has lost one';
  return conductor.unjudgeable === null;
}

function limitMemory(subject: Subject, id: string, args: string[]): void {
  setInitArgs(subject, args, id);
  subject.configure(id, ({ linux }) => {
    linux.resources = { ...linux.resources, memory: { limit: smallMemoryBytes, swap: smallMemoryBytes } };
  });
}

/** The init of a container has run out of memory. */
async function judgeOom(conductor: Conductor, id: string): Promise<readonly Breach[]> {
  const { events } = conductor.subject;
  const placeOf = (topic: string): number =>
    events.seen.findIndex((event) => event.topic === topic && event.container === id && event.exec === '');
  const exit = await events.wait('exit', (e) => e.topic === '/tasks/exit' && e.container === id);
  if (exit.exitStatus === 0) {
    conductor.unjudgeable = 'the kernel did not kill the process that ran out of memory';
    return [];
  }
  await waitUntil(() => placeOf('/tasks/oom') >= 0, lateMs);
  const oom = placeOf('/tasks/oom');
  if (oom >= 0 && oom < placeOf('/tasks/exit')) return [];
  const what =
    oom < 0 ? 'its init ran out of memory, and no TaskOOM came' : 'its TaskOOM came after its TaskExit';
  return [breach(oomRule, id, what)];
}
