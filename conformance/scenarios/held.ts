/** A call is held in the OCI runtime. What is called about another container must not wait for it. */
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { type Breach, breach } from '../checks/breach.ts';
import { createAndStart, exitOf, expectSuccess, openGate, type Scenario } from '../checks/scenario-steps.ts';
import type { Conductor } from '../shim/conductor.ts';
import { MissingEvent } from '../shim/events-server.ts';
import type { Subject } from '../shim/subject.ts';

const heldRule = 'a call does not wait for a call about another container';
const heldMaxMs = 2_500;
const exited = 'x';
const sleeping = 'e0';
const sigkill = 9;

/** What is done about c2 before the call that is held, and that call. */
interface Held {
  /** How a name of a check goes on: `another …`. */
  readonly what: string;
  /** The call as the gate names it. */
  readonly key: string;
  readonly before: (subject: Subject) => Promise<unknown>;
  readonly call: (subject: Subject) => Promise<unknown>;
}

const helds: readonly Held[] = [
  {
    what: 'another is created',
    key: 'create-c2',
    before: async () => undefined,
    call: (subject) => subject.create('c2'),
  },
  {
    what: 'another is started',
    key: 'start-c2',
    before: (subject) => subject.create('c2'),
    call: (subject) => subject.startProcess('c2'),
  },
  {
    what: 'an exec of another is started',
    key: 'exec-c2-e1',
    before: async (subject) => {
      await startC2(subject);
      await subject.exec('c2', 'e1', ['/bin/true']);
    },
    call: (subject) => subject.startProcess('c2', 'e1'),
  },
  {
    what: 'another is paused',
    key: 'pause-c2',
    before: startC2,
    call: (subject) => subject.pause('c2'),
  },
  {
    what: 'another is deleted',
    key: 'delete-c2',
    before: async (subject) => {
      await startC2(subject);
      await subject.kill('c2', sigkill);
      await subject.events.wait('exit', (e) => e.topic === '/tasks/exit' && e.container === 'c2');
    },
    call: (subject) => subject.delete('c2'),
  },
];

export const heldScenarios: readonly Scenario[] = helds.map((held) => ({
  name: `calls about a task are answered while ${held.what}`,
  rules: [heldRule],
  drive: (conductor) => callBeside(conductor, held),
}));

async function startC2(subject: Subject): Promise<void> {
  await subject.create('c2');
  await subject.startProcess('c2');
}

/** Holds the runtime in a call about c2, and calls about c1. */
async function callBeside(conductor: Conductor, held: Held): Promise<readonly Breach[]> {
  const { gate, timeline } = conductor;
  const subject = await openGate(conductor);
  return expectSuccess(async () => {
    await createAndStart(subject);
    await startExec(subject, sleeping, '/bin/sleep 3600');
    await startExec(subject, exited, '/bin/true');
    await exitOf(subject, exited);
    await held.before(subject);
    gate.hold(held.key);
    const answered = held.call(subject);
    answered.catch(() => undefined);
    if (!(await gate.arrival(held.key, 'before', heldMaxMs))) {
      conductor.unjudgeable = `the shim did not run the OCI runtime's ${held.key}`;
      return [];
    }
    timeline.add({ kind: 'note', text: `the OCI runtime's ${held.key} is held` });
    const late = await lateCalls(subject);
    timeline.add({ kind: 'note', text: 'the OCI runtime goes on' });
    await gate.open();
    await answered;
    return late.map((what) =>
      breach(heldRule, 'c1', `${what} was not answered within ${heldMaxMs} ms, while ${held.what}`),
    );
  });
}

/** @returns the calls about c1 that are not answered in time; those that are refused are */
async function lateCalls(subject: Subject): Promise<string[]> {
  const { ProcessRequestSchema, KillRequestSchema, CloseIORequestSchema } = task;
  const ofExited = { id: 'c1', execId: exited };
  const ofSleeping = { id: 'c1', execId: sleeping };
  const call = async <I extends DescMessage>(
    method: string,
    input: I,
    request: MessageInitShape<I>,
  ): Promise<string[]> => {
    const sent = subject.call(method, input, task.EmptySchema, request, heldMaxMs);
    return (await isLate(sent)) ? [method] : [];
  };
  const asked = ['State', 'Pids', 'Connect', 'Stats'].map((method) =>
    call(method, ProcessRequestSchema, { id: 'c1' }),
  );
  const late = await Promise.all([
    ...asked,
    call('Wait', ProcessRequestSchema, ofExited),
    call('CloseIO', CloseIORequestSchema, { ...ofSleeping, stdin: true }),
    call('Kill', KillRequestSchema, { ...ofSleeping, signal: sigkill }),
    isLate(subject.exec('c1', 'e2', ['/bin/true'], {}, heldMaxMs)).then((is) => (is ? ['Exec'] : [])),
  ]);
  if (late.flat().length > 0) return late.flat();
  if (await isLate(exitOf(subject, sleeping, heldMaxMs))) return ['the TaskExit of an exec'];
  for (const method of ['Delete', 'Pause', 'Resume']) {
    const found = await call(method, ProcessRequestSchema, method === 'Delete' ? ofExited : { id: 'c1' });
    if (found.length > 0) return found;
  }
  return lateExec(subject);
}

async function lateExec(subject: Subject): Promise<string[]> {
  const sent = subject.call(
    'Start',
    task.ProcessRequestSchema,
    task.EmptySchema,
    { id: 'c1', execId: 'e2' },
    heldMaxMs,
  );
  if (await isLate(sent)) return ['Start of an exec'];
  return (await isLate(exitOf(subject, 'e2', heldMaxMs))) ? ['the TaskExit of a new exec'] : [];
}

async function isLate(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return false;
  } catch (error) {
    return (
      error instanceof MissingEvent || (error instanceof StatusError && error.code === code.deadlineExceeded)
    );
  }
}

async function startExec(subject: Subject, id: string, command: string): Promise<void> {
  await subject.exec('c1', id, command.split(' '));
  await subject.startProcess('c1', id);
}
