/** Plain uses of a container, each with what the Task API demands of them. */
import { code } from '../../wire/ttrpc/status.ts';
import { type Breach, breach } from './breach.ts';
import {
  acceptRule,
  announcedMaxMs,
  checkpoint,
  createAndStart,
  deleteRunning,
  exitOf,
  expectRefusal,
  expectStatus,
  expectSuccess,
  isAnnounced,
  openGate,
  pauseRule,
  refusalRule,
  type Scenario,
  setInitArgs,
  sharePidNamespace,
  stateRule,
  statusRule,
} from './scenario-steps.ts';

const checkpointRule = 'a checkpoint is announced';
const smallMemoryBytes = 16 * 1024 ** 2;
/** How long an event may be on its way that should not have been sent, in milliseconds. */
const lateMs = 250;
const sigkill = 9;
const sigterm = 15;
const crowd = 16;
const rounds = 5;

export const scenarios: readonly Scenario[] = [
  {
    name: 'an init ends with exit code 7',
    rules: [statusRule, 'start precedes exit', 'delete follows exit', 'at most one exit per process'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      setInitArgs(subject, ['/bin/sh', '-c', 'exit 7']);
      return expectSuccess(async () => {
        await subject.create('c1');
        const waiting = subject.wait('c1');
        await subject.startProcess('c1');
        const event = await exitOf(subject, '');
        const statuses = { TaskExit: event.exitStatus, Wait: (await waiting).exitStatus };
        const state = (await subject.state('c1')).exitStatus;
        const deleted = (await subject.delete('c1')).exitStatus;
        return expectStatus(7, { ...statuses, State: state, Delete: deleted });
      });
    },
  },
  {
    name: 'an init is killed by a signal',
    rules: [statusRule],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await subject.create('c1');
        await subject.startProcess('c1');
        const waiting = subject.wait('c1');
        await subject.kill('c1', sigkill);
        const event = await exitOf(subject, '');
        return expectStatus(128 + sigkill, { TaskExit: event.exitStatus, Wait: (await waiting).exitStatus });
      });
    },
  },
  {
    name: 'an exec ends with exit code 3, another by a signal',
    rules: [statusRule, 'exec-added precedes exec-started', 'start precedes exit'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        await subject.exec('c1', 'e1', ['/bin/sh', '-c', 'exit 3']);
        await subject.startProcess('c1', 'e1');
        const first = await exitOf(subject, 'e1');
        const state = (await subject.state('c1', 'e1')).exitStatus;
        const ended = (await subject.delete('c1', 'e1')).exitStatus;
        await subject.exec('c1', 'e2', ['/bin/sleep', '3600']);
        await subject.startProcess('c1', 'e2');
        await subject.kill('c1', sigterm, 'e2');
        const second = await exitOf(subject, 'e2');
        return [
          ...expectStatus(3, { TaskExit: first.exitStatus, State: state, Delete: ended }),
          ...expectStatus(128 + sigterm, { TaskExit: second.exitStatus }),
        ];
      });
    },
  },
  {
    name: 'a task is deleted that was never started',
    rules: ['delete follows exit', 'a removed task is announced', 'nothing follows the delete'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await subject.create('c1');
        await subject.delete('c1');
        await subject.events.wait('delete', (e) => e.topic === '/tasks/delete' && e.container === 'c1');
        // An exit that is published too late comes when the killed init has been reaped.
        await conductor.timeline.quiet(lateMs, announcedMaxMs);
        return [];
      });
    },
  },
  {
    name: 'Delete right after Wait, 20 times',
    rules: ['delete follows exit', acceptRule],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        for (let i = 0; i < 20; i++) {
          await subject.exec('c1', `e${i}`, ['/bin/true']);
          const waiting = subject.wait('c1', `e${i}`);
          await subject.startProcess('c1', `e${i}`);
          await waiting;
          await subject.delete('c1', `e${i}`);
        }
        return [];
      });
    },
  },
  {
    name: `an init is deleted when Wait returns, ${rounds} times`,
    rules: ['delete follows exit', 'nothing follows the delete', acceptRule],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        for (let i = 1; i <= rounds; i++) {
          await subject.create(`c${i}`);
          await subject.startProcess(`c${i}`);
          const waiting = subject.wait(`c${i}`);
          await subject.kill(`c${i}`, sigkill);
          await waiting;
          await subject.delete(`c${i}`);
        }
        await conductor.timeline.quiet(lateMs, announcedMaxMs);
        return [];
      });
    },
  },
  {
    name: `${crowd} execs at once`,
    rules: [
      'start precedes exit',
      'no exit is lost',
      'at most one exit per process',
      'every call is answered',
    ],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        const ids = Array.from({ length: crowd }, (_, i) => `x${i}`);
        const started = ids.map(async (id) => {
          await subject.exec('c1', id, ['/bin/true']);
          await subject.startProcess('c1', id);
          await exitOf(subject, id, 30_000);
        });
        const lost = (await Promise.allSettled(started)).flatMap((each, i) =>
          each.status === 'rejected' ? [breach('no exit is lost', `c1/${ids[i]}`, String(each.reason))] : [],
        );
        return lost;
      });
    },
  },
  {
    name: 'an exec that cannot be started leaves the others alone',
    rules: [refusalRule, 'the shim lives on'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        await subject.exec('c1', 'e1', ['/no/such/program']);
        const refused = await expectRefusal('Start of a program that is not there', null, () =>
          subject.startProcess('c1', 'e1'),
        );
        await subject.delete('c1', 'e1');
        await subject.exec('c1', 'e2', ['/bin/true']);
        await subject.startProcess('c1', 'e2');
        await exitOf(subject, 'e2');
        return refused;
      });
    },
  },
  {
    name: 'invalid calls are refused',
    rules: [refusalRule],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      setInitArgs(subject, ['/bin/true']);
      return expectSuccess(async () => {
        const unknown = await expectRefusal('Start of an unknown task', code.notFound, () =>
          subject.startProcess('c9'),
        );
        const state = await expectRefusal('State of an unknown task', code.notFound, () =>
          subject.state('c9'),
        );
        await subject.create('c1');
        const unknownExec = await expectRefusal('Start of an unknown exec', code.notFound, () =>
          subject.startProcess('c1', 'e9'),
        );
        await subject.exec('c1', 'e1', ['/bin/true']);
        const twice = await expectRefusal('Exec with an id that is taken', code.alreadyExists, () =>
          subject.exec('c1', 'e1', ['/bin/true']),
        );
        const isRunning = await expectRefusal('Delete of an exec that runs', null, () =>
          deleteRunning(subject),
        );
        await subject.startProcess('c1');
        await exitOf(subject, '');
        const finished = await expectRefusal('Kill of a task that has finished', code.notFound, () =>
          subject.kill('c1', sigkill),
        );
        return [...unknown, ...state, ...unknownExec, ...twice, ...isRunning, ...finished];
      });
    },
  },
  {
    name: 'a task is paused and resumed',
    rules: [pauseRule, 'resumed follows paused'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        const breaches: Breach[] = [];
        for (const [verb, status] of [
          ['pause', 4],
          ['resume', 2],
        ] as const) {
          await subject[verb]('c1');
          const topic = `/tasks/${verb}d`;
          if (!(await isAnnounced(subject, topic)))
            breaches.push(breach(pauseRule, 'c1', `no event ${topic} came after ${verb}`));
          const found = (await subject.state('c1')).status;
          if (found !== status)
            breaches.push(
              breach(stateRule, 'c1', `State after ${verb} has status ${found}, expected ${status}`),
            );
        }
        return breaches;
      });
    },
  },
  {
    name: 'a task is checkpointed',
    rules: [checkpointRule],
    needsCriu: true,
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      // To lock a network CRIU would need iptables.
      subject.configure('c1', ({ linux }) => {
        linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'network');
      });
      return expectSuccess(async () => {
        await createAndStart(subject);
        await checkpoint(subject);
        const state = (await subject.state('c1')).status;
        return [
          ...((await isAnnounced(subject, '/tasks/checkpointed'))
            ? []
            : [breach(checkpointRule, 'c1', 'no event /tasks/checkpointed came after Checkpoint')]),
          ...(state === 2
            ? []
            : [breach(stateRule, 'c1', `State after Checkpoint has status ${state}, expected 2`)]),
        ];
      });
    },
  },
  {
    name: 'a process runs out of memory',
    rules: [statusRule],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      subject.configure('c1', ({ linux }) => {
        linux.resources = { ...linux.resources, memory: { limit: smallMemoryBytes, swap: smallMemoryBytes } };
      });
      return expectSuccess(async () => {
        await createAndStart(subject);
        await subject.exec('c1', 'e1', ['/bin/dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1']);
        await subject.startProcess('c1', 'e1');
        const { exitStatus } = await exitOf(subject, 'e1');
        // A shim SHOULD publish TaskOOM if it collects such events. Nobody outside can see whether it does.
        const isTold = await isAnnounced(subject, '/tasks/oom');
        if (exitStatus === 0)
          conductor.unjudgeable = 'the kernel did not kill the process that ran out of memory';
        else if (!isTold)
          conductor.unjudgeable = 'no TaskOOM came: the shim does not collect them, or it has lost one';
        return exitStatus === 0 ? [] : expectStatus(128 + sigkill, { TaskExit: exitStatus });
      });
    },
  },
  {
    name: 'execs are killed with their init, in a shared pid namespace',
    rules: [
      "no orphan after an init's exit",
      "an init's exit is the last of its container",
      'no exit is lost',
    ],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      sharePidNamespace(subject);
      return expectSuccess(async () => {
        await createAndStart(subject);
        for (const id of ['e1', 'e2']) {
          await subject.exec('c1', id, ['/bin/sleep', '3600']);
          await subject.startProcess('c1', id);
        }
        await subject.kill('c1', sigkill);
        await exitOf(subject, '');
        await Promise.all(['e1', 'e2'].map((id) => exitOf(subject, id)));
        return [];
      });
    },
  },
  {
    name: 'Shutdown after the last Delete ends the shim and leaves nothing',
    rules: ['nothing is left behind'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        await subject.kill('c1', sigkill);
        await exitOf(subject, '');
        await subject.delete('c1');
        await subject.events.wait('delete', (e) => e.topic === '/tasks/delete');
        conductor.send('shutdown shim');
        const left = await subject.leftAfterShutdown();
        return left.map((what) => breach('nothing is left behind', 'c1', what));
      });
    },
  },
];
