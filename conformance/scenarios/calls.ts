/** Calls that shims have been seen to stumble over: without sense, too early, too late. */
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { type Breach, breach } from '../checks/breach.ts';
import {
  createAndStart,
  exitOf,
  expectRefusal,
  expectStatus,
  expectSuccess,
  openGate,
  refusalRule,
  type Scenario,
  stateRule,
  statusRule,
} from '../checks/scenario-steps.ts';
import type { Conductor } from '../shim/conductor.ts';
import { waitUntil } from '../shim/polling.ts';
import { descriptorsOf } from '../shim/processes.ts';
import type { Subject } from '../shim/subject.ts';

const answerMaxMs = 5_000;
const heldMaxMs = 2_500;
const execs = 20;
const sigkill = 9;
/** SIGRTMIN, as the kernel counts: the C library keeps the first two for itself. */
const realTimeSignal = 34;
const noSignal = 200;
const processSpec = 'types.containerd.io/opencontainers/runtime-spec/1/Process';

/** A request that decodes, and that no client with its wits about it sends. */
interface Nonsense {
  readonly what: string;
  readonly send: (subject: Subject) => Promise<unknown>;
}

function request<I extends DescMessage>(
  what: string,
  method: string,
  input: I,
  message: MessageInitShape<I>,
): Nonsense {
  return {
    what,
    send: (subject) => subject.call(method, input, task.EmptySchema, message, answerMaxMs),
  };
}

const { ExecProcessRequestSchema, UpdateTaskRequestSchema, CreateTaskRequestSchema } = task;
const none = new Uint8Array();
const nonsense: readonly Nonsense[] = [
  request('Exec without a spec', 'Exec', ExecProcessRequestSchema, { id: 'c1', execId: 'e1' }),
  request('Exec with a spec of nothing', 'Exec', ExecProcessRequestSchema, {
    id: 'c1',
    execId: 'e1',
    spec: { typeUrl: processSpec, value: none },
  }),
  request('Exec with a spec that is null', 'Exec', ExecProcessRequestSchema, {
    id: 'c1',
    execId: 'e1',
    spec: { typeUrl: processSpec, value: new TextEncoder().encode('null') },
  }),
  request('Update without resources', 'Update', UpdateTaskRequestSchema, { id: 'c1' }),
  request('Update with resources of another type', 'Update', UpdateTaskRequestSchema, {
    id: 'c1',
    resources: { typeUrl: processSpec, value: none },
  }),
  request('Create of nothing', 'Create', CreateTaskRequestSchema, {}),
  { what: 'Create with an id that is taken', send: (subject) => subject.create('c1') },
  request('Kill with a signal that there is not', 'Kill', task.KillRequestSchema, {
    id: 'c1',
    signal: 0xffff_ffff,
  }),
  request('ResizePty of a task without a terminal', 'ResizePty', task.ResizePtyRequestSchema, { id: 'c1' }),
  request('CloseIO of an input that is not there', 'CloseIO', task.CloseIORequestSchema, {
    id: 'c1',
    stdin: true,
  }),
  request('Checkpoint to nowhere', 'Checkpoint', task.CheckpointTaskRequestSchema, { id: 'c9' }),
  request('Pids of nobody', 'Pids', task.ProcessRequestSchema, {}),
];

/** Sends a request, refused or not. The shim must live, and its task must run on. */
async function survive(conductor: Conductor, { what, send }: Nonsense): Promise<readonly Breach[]> {
  const subject = await openGate(conductor);
  return expectSuccess(async () => {
    await createAndStart(subject);
    await send(subject).catch(() => undefined);
    const state = await subject.state('c1').catch(() => null);
    // That it has ended is judged by the standing rules.
    if (!subject.isAlive || state?.status === running) return [];
    return [breach(stateRule, 'c1', `after ${what}, State is ${state?.status ?? 'refused'}, expected 2`)];
  });
}

const running = 2;

export const callScenarios: readonly Scenario[] = [
  ...nonsense.map(
    (each): Scenario => ({
      name: `a request that makes no sense: ${each.what}`,
      rules: ['the shim lives on', stateRule],
      drive: (conductor) => survive(conductor, each),
    }),
  ),
  {
    name: 'an exec is resized before it is started',
    rules: ['the shim lives on', 'start precedes exit'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        await subject.exec('c1', 'e1', ['/bin/true']);
        const size = { id: 'c1', execId: 'e1', width: 80, height: 25 };
        await subject
          .call('ResizePty', task.ResizePtyRequestSchema, task.EmptySchema, size)
          .catch(() => undefined);
        await subject.startProcess('c1', 'e1');
        await exitOf(subject, 'e1');
        return [];
      });
    },
  },
  {
    name: 'an exec is killed by a real-time signal, and by none that there is',
    rules: [statusRule, refusalRule],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        await subject.exec('c1', 'e1', ['/bin/sleep', '3600']);
        await subject.startProcess('c1', 'e1');
        const refused = await expectRefusal(`Kill with the signal ${noSignal}`, null, () =>
          subject.kill('c1', noSignal, 'e1'),
        );
        await subject.kill('c1', realTimeSignal, 'e1');
        const { exitStatus } = await exitOf(subject, 'e1');
        return [...refused, ...expectStatus(128 + realTimeSignal, { TaskExit: exitStatus })];
      });
    },
  },
  {
    name: 'an exec that could not be started is started again',
    rules: [refusalRule, 'the shim lives on'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        await subject.exec('c1', 'e1', ['/no/such/program']);
        const breaches: Breach[] = [];
        for (const which of ['first', 'second']) {
          const start = (): Promise<unknown> => subject.startProcess('c1', 'e1');
          const refused = await expectRefusal(
            `the ${which} Start of a program that is not there`,
            null,
            start,
          );
          if (!subject.isAlive) return [];
          breaches.push(...refused);
        }
        return breaches;
      });
    },
  },
  {
    name: 'an exec is added before the exit of its init, and started after it',
    rules: [refusalRule, 'start precedes exit', "an init's exit is the last of its container"],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        await subject.exec('c1', 'e1', ['/bin/true']);
        await subject.kill('c1', sigkill);
        await exitOf(subject, '');
        return expectRefusal('Start of an exec of a task that has exited', null, () =>
          subject.startProcess('c1', 'e1'),
        );
      });
    },
  },
  {
    name: `${execs} execs leave no descriptor behind`,
    rules: ['nothing is left behind'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        // The first one may open what is kept for all.
        await runExec(subject, 'x0');
        const before = descriptorsOf(subject.pid);
        for (let i = 1; i <= execs; i++) await runExec(subject, `x${i}`);
        const isBack = (): boolean => descriptorsOf(subject.pid) < before + execs / 2;
        if (await waitUntil(isBack, heldMaxMs)) return [];
        const what = `the shim has ${descriptorsOf(subject.pid)} descriptors after ${execs} execs, and had ${before} before`;
        return [breach('nothing is left behind', 'the shim', what)];
      });
    },
  },
];

async function runExec(subject: Subject, id: string): Promise<void> {
  await subject.exec('c1', id, ['/bin/true']);
  await subject.startProcess('c1', id);
  await exitOf(subject, id);
  await subject.delete('c1', id);
}
