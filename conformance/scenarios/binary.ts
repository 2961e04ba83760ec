/** What a shim's binary owes besides the action start: its flags, and the action delete after a shim was killed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { code } from '../../wire/ttrpc/status.ts';
import { type Breach, breach } from '../checks/breach.ts';
import {
  createAndStart,
  expectRefusal,
  expectSuccess,
  openGate,
  type Scenario,
  sharePidNamespace,
} from '../checks/scenario-steps.ts';
import type { Conductor } from '../shim/conductor.ts';
import { waitUntil } from '../shim/polling.ts';
import { isRunning, killNow } from '../shim/processes.ts';
import { askInfo } from '../shim/shim-info.ts';
import type { Subject } from '../shim/subject.ts';

const versionRule = 'the flag -v answers';
const infoRule = 'the flag -info answers';
const deleteRule = 'the action delete cleans up';
const unimplementedRule = 'a call that the shim does not have is unimplemented';
const deathMaxMs = 5_000;
const sigkill = 9;

export const binaryScenarios: readonly Scenario[] = [
  {
    name: 'the shim is asked for its version by -v',
    rules: [versionRule],
    drive: async ({ subject }) => {
      try {
        const printed = await subject.run(['-v']);
        if (printed.length > 0) return [];
        return [breach(versionRule, 'the shim', 'it printed nothing')];
      } catch (error) {
        return [breach(versionRule, 'the shim', (error as Error).message)];
      }
    },
  },
  {
    name: 'the shim is asked for what it is by -info',
    rules: [infoRule],
    drive: async ({ subject }) => {
      if (await askInfo((args) => subject.run(args))) return [];
      return [breach(infoRule, 'the shim', 'it printed no RuntimeInfo with a name')];
    },
  },
  {
    name: 'a method is called that there is not',
    rules: [unimplementedRule],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      const call = (): Promise<unknown> =>
        subject.call('NoSuchMethod', task.ProcessRequestSchema, task.EmptySchema, { id: 'c1' });
      const breaches = await expectRefusal('the method NoSuchMethod', code.unimplemented, call);
      return breaches.map(({ what }) => breach(unimplementedRule, 'the shim', what));
    },
  },
  {
    name: 'a shim is killed, and the action delete is run',
    rules: [deleteRule],
    drive: (conductor) => killShim(conductor, async () => []),
  },
  {
    name: 'a shim is killed while its task is paused, and the action delete is run',
    rules: [deleteRule],
    drive: (conductor) =>
      killShim(conductor, async (subject) => {
        await subject.pause('c1');
        return [];
      }),
  },
  {
    name: 'a shim is killed while execs run, in a shared pid namespace, and the action delete is run',
    rules: [deleteRule],
    prepare: sharePidNamespace,
    drive: (conductor) =>
      killShim(conductor, async (subject) => {
        const pids: number[] = [];
        for (const id of ['e1', 'e2']) {
          await subject.exec('c1', id, ['/bin/sleep', '3600']);
          pids.push((await subject.startProcess('c1', id)).pid);
        }
        return pids;
      }),
  },
];

/**
 * Kills a shim whose container runs, and runs the action delete.
 *
 * @param before what is done before; returns the pids of its execs
 */
async function killShim(
  conductor: Conductor,
  before: (subject: Subject) => Promise<readonly number[]>,
): Promise<readonly Breach[]> {
  const subject = await openGate(conductor);
  const mounted = mountRootfs(subject);
  return expectSuccess(async () => {
    await createAndStart(subject);
    const { pid } = await subject.state('c1');
    const execs = await before(subject);
    conductor.isShimKilled = true;
    killNow(subject.pid);
    await waitUntil(() => !subject.isAlive, deathMaxMs);
    return await deleted(subject, [pid, ...execs], mounted);
  });
}

/** Gives c1 a root file system that has to be unmounted: a bind mount at the bundle's `rootfs`. @returns the mount point */
function mountRootfs(subject: Subject): string {
  const target = join(subject.bundle('c1'), 'rootfs');
  mkdirSync(target, { recursive: true });
  execFileSync('mount', ['--bind', subject.rootfs, target]);
  subject.configure('c1', (config) => {
    config.root.path = 'rootfs';
  });
  return target;
}

/**
 * Runs the action delete, and looks what it has left.
 *
 * @param pids of the processes that have to be gone, the init's first
 */
async function deleted(
  subject: Subject,
  pids: readonly number[],
  mounted: string,
): Promise<readonly Breach[]> {
  let answer: Buffer;
  try {
    answer = await subject.runDelete('c1');
  } catch (error) {
    return [breach(deleteRule, 'c1', `it failed: ${(error as Error).message}`)];
  }
  const left = (): string[] => [
    ...pids.filter(isRunning).map((pid) => `the ${pid === pids[0] ? 'init' : 'exec'}, pid ${pid}, runs on`),
    ...(isMounted(mounted) ? [`${mounted} is mounted`] : []),
  ];
  await waitUntil(() => left().length === 0, deathMaxMs);
  return [...left(), ...answerFaults(answer, pids[0] ?? 0)].map((what) => breach(deleteRule, 'c1', what));
}

/** Its standard output is a DeleteResponse, of which containerd makes the TaskExit that the killed shim owes. */
function answerFaults(answer: Buffer, init: number): string[] {
  try {
    const { pid, exitStatus } = fromBinary(task.DeleteResponseSchema, answer);
    const expected = 128 + sigkill;
    return [
      ...(pid === init ? [] : [`its DeleteResponse has pid ${pid}, expected ${init}`]),
      ...(exitStatus === expected
        ? []
        : [`its DeleteResponse has status ${exitStatus}, expected ${expected}`]),
    ];
  } catch (error) {
    return [`what it printed is no DeleteResponse: ${(error as Error).message}`];
  }
}

function isMounted(path: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `);
}
