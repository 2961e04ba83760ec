/** Several containers in one shim, as the containers of a pod. */
import { type Breach, breach } from '../checks/breach.ts';
import {
  createAndStart,
  exitOf,
  expectSuccess,
  openGate,
  type Scenario,
  stateRule,
} from '../checks/scenario-steps.ts';
import type { Conductor } from '../shim/conductor.ts';
import type { Subject } from '../shim/subject.ts';

const annotation = 'io.containerd.runc.v2.group';
const livesRule = 'the shim lives on';
const sigkill = 9;
const running = 2;
/** How long a shim may take to end that should not, in milliseconds. */
const endMs = 500;

export const groupScenarios: readonly Scenario[] = [
  { name: 'two containers are in a group', group: 'pod-1' },
  { name: 'two containers are in a group with an empty name', group: '' },
].map(({ name, group }) => ({
  name,
  rules: [livesRule, stateRule],
  prepare: (subject) => annotate(subject, 'c1', group),
  drive: (conductor) => share(conductor, group),
}));

function annotate(subject: Subject, id: string, group: string): void {
  subject.configure(id, (config) => {
    config.annotations = { ...config.annotations, [annotation]: group };
  });
}

/** The first container ends, is deleted, and its Shutdown is called. The second must not notice. */
async function share(conductor: Conductor, group: string): Promise<readonly Breach[]> {
  const subject = await openGate(conductor);
  return expectSuccess(async () => {
    annotate(subject, 'c2', group);
    const address = await subject.startAnother('c2');
    if (address !== subject.address) {
      conductor.unjudgeable = `the shim does not group by ${annotation}: the second start answered another address`;
      return [];
    }
    await createAndStart(subject);
    await subject.create('c2');
    await subject.startProcess('c2');
    const waiting = subject.wait('c1');
    await subject.kill('c1', sigkill);
    await exitOf(subject, '');
    await waiting;
    await subject.delete('c1');
    await subject.shutdown();
    await conductor.timeline.quiet(endMs, 2 * endMs);
    if (!subject.isAlive)
      return [breach(livesRule, 'the shim', 'it ended by Shutdown, and c2 of its group ran')];
    const { status } = await subject.state('c2');
    return status === running
      ? []
      : [breach(stateRule, 'c2', `State has status ${status}, expected ${running}`)];
  });
}
