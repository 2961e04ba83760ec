/** More processes end at once than the reaper of containerd's shim has room for, which is 32. */
import { type Breach, breach } from '../checks/breach.ts';
import {
  createAndStart,
  expectSuccess,
  openGate,
  type Scenario,
  sharePidNamespace,
} from '../checks/scenario-steps.ts';
import type { Conductor } from '../shim/conductor.ts';
import { waitUntil, waitUntilUnlessBusy } from '../shim/polling.ts';
import { isRunning, killNow } from '../shim/processes.ts';
import type { Subject } from '../shim/subject.ts';

const inTimeRule = 'an exit is published in time, however many processes have ended';
const crowd = 48;
/** How many are started side by side: what starts together is no part of these checks. */
const batch = 4;
const arrivalMaxMs = 2_500;
/** How long the runtime is held after the processes have ended, in milliseconds. */
const heldMs = 300;
const deathMaxMs = 5_000;
/** A shim that waits for a timer of a second at each exit that is too many takes fifteen seconds. */
const inTimeMaxMs = 4_000;

export const crowdScenarios: readonly Scenario[] = [
  {
    name: `${crowd} execs end while another is being started`,
    rules: [inTimeRule, 'no exit is lost'],
    drive: async (conductor) => {
      const { gate, timeline } = conductor;
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        const pids = await startSleepers(subject);
        gate.hold('exec-c1-late');
        await subject.exec('c1', 'late', ['/bin/true']);
        const starting = subject.startProcess('c1', 'late');
        starting.catch(() => undefined);
        if (!(await gate.arrival('exec-c1-late', 'before', arrivalMaxMs))) {
          conductor.unjudgeable = "the shim did not run the OCI runtime's exec";
          return [];
        }
        timeline.add({ kind: 'note', text: "the OCI runtime's exec of c1/late is held" });
        const breaches = await allExitInTime(conductor, pids, ['late']);
        await starting;
        return breaches;
      });
    },
  },
  {
    name: `${crowd} execs end with their init, in a shared pid namespace`,
    rules: [inTimeRule, 'no exit is lost', "an init's exit is the last of its container"],
    drive: async (conductor) => {
      const { gate, timeline } = conductor;
      const subject = await openGate(conductor);
      sharePidNamespace(subject);
      return expectSuccess(async () => {
        await createAndStart(subject);
        const { pid: init } = await subject.state('c1');
        const pids = await startSleepers(subject);
        gate.hold('kill-c1');
        timeline.add({ kind: 'kill', process: 'c1', pid: init });
        killNow(init);
        // A shim that kills without its runtime has nothing to be held.
        if (await gate.arrival('kill-c1', 'before', arrivalMaxMs))
          timeline.add({ kind: 'note', text: "the OCI runtime's kill of c1 is held" });
        return allExitInTime(conductor, pids, ['']);
      });
    },
  },
];

/** @returns the pids of execs that sleep */
async function startSleepers(subject: Subject): Promise<number[]> {
  const pids: number[] = [];
  for (let first = 0; first < crowd; first += batch) {
    const started = Array.from({ length: batch }, async (_, i) => {
      const id = sleeper(first + i);
      await subject.exec('c1', id, ['/bin/sleep', '3600']);
      return (await subject.startProcess('c1', id)).pid;
    });
    pids.push(...(await Promise.all(started)));
  }
  return pids;
}

function sleeper(nth: number): string {
  return `x${nth}`;
}

/** Kills the sleepers, lets the runtime go on, and expects their exits and those of `others`. */
async function allExitInTime(
  { subject, gate, timeline }: Conductor,
  pids: readonly number[],
  others: readonly string[],
): Promise<readonly Breach[]> {
  // All have died before the shim looks: else luck decides how many its reaper takes at once.
  process.kill(subject.pid, 'SIGSTOP');
  for (const pid of pids) killNow(pid);
  await waitUntil(() => !pids.some(isRunning), deathMaxMs);
  process.kill(subject.pid, 'SIGCONT');
  timeline.add({ kind: 'note', text: `${crowd} execs are killed` });
  await new Promise((resolve) => setTimeout(resolve, heldMs));
  timeline.add({ kind: 'note', text: 'the OCI runtime goes on' });
  await gate.open();
  const owed = [...Array.from({ length: crowd }, (_, i) => sleeper(i)), ...others];
  const missing = (): string[] => {
    const exited = new Set(
      subject.events.seen.flatMap(({ topic, exec }) => (topic === '/tasks/exit' ? [exec] : [])),
    );
    return owed.filter((exec) => !exited.has(exec));
  };
  if (await waitUntilUnlessBusy(() => missing().length === 0, inTimeMaxMs, [subject.pid])) return [];
  const what = `${missing().length} of ${owed.length} exits had not come ${inTimeMaxMs} ms after the runtime went on`;
  return [breach(inTimeRule, 'c1', what)];
}
