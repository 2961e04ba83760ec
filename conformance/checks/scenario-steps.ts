/** The steps that the scenarios are made of. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointTaskRequestSchema, EmptySchema } from '../../wire/proto/gen/task_pb.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import type { Conductor } from '../shim/conductor.ts';
import { type ForwardedEvent, MissingEvent } from '../shim/events-server.ts';
import type { Subject } from '../shim/subject.ts';
import { type Breach, breach } from './breach.ts';

export const statusRule = 'an exit status is the exit code, or 128 plus the signal';
export const refusalRule = 'an invalid call is refused with the right code';
export const pauseRule = 'a pause and a resume are announced';
export const stateRule = 'State reports what the task does';
export const repetitionRule = 'an event comes again before the next one, or not at all';
export const acceptRule = 'a valid call is not refused';
/** How long an event may take that a shim owes, in milliseconds. */
export const announcedMaxMs = 5_000;

/** Drives a freshly started shim. Returns breaches beyond the standing rules. */
export type Drive = (conductor: Conductor) => Promise<readonly Breach[]>;

/** A check whose calls are written down. */
export interface Scenario {
  readonly name: string;
  readonly rules: readonly string[];
  readonly drive: Drive;
  /** Changes the bundle of c1 before the shim is started. */
  readonly prepare?: (subject: Subject) => void;
  /** Whether it takes a CRIU that runs on this kernel. Default: false */
  readonly needsCriu?: boolean;
  /** Whether it mostly waits, so that its neighbours of that kind may run beside it. Default: false */
  readonly isIdle?: boolean;
}

/** Opens the gate: a scenario holds no call of the runtime. */
export async function openGate({ gate, subject }: Conductor): Promise<Subject> {
  await gate.open();
  return subject;
}

/** Sets the command line of an init. */
export function setInitArgs(subject: Subject, args: string[], id = 'c1'): void {
  subject.configure(id, (config) => {
    config.process.args = args;
  });
}

/** Leaves c1 in the host's pid namespace. */
export function sharePidNamespace(subject: Subject): void {
  subject.configure('c1', ({ linux }) => {
    linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'pid');
  });
}

export async function createAndStart(subject: Subject): Promise<void> {
  await subject.create('c1');
  await subject.startProcess('c1');
}

/** Checkpoints c1, which runs on. */
export function checkpoint(subject: Subject): Promise<unknown> {
  const path = join(subject.folder, 'image');
  mkdirSync(path);
  return subject.call('Checkpoint', CheckpointTaskRequestSchema, EmptySchema, { id: 'c1', path });
}

/** Starts an exec that sleeps, and deletes it while it runs. It ends with the container. */
export async function deleteRunning(subject: Subject): Promise<unknown> {
  await subject.exec('c1', 'e2', ['/bin/sleep', '3600']);
  await subject.startProcess('c1', 'e2');
  return subject.delete('c1', 'e2');
}

/** Waits for the exit event of an exec of c1; of the init where `exec` is empty. */
export function exitOf(subject: Subject, exec: string, timeoutMs?: number): Promise<ForwardedEvent> {
  const what = `exit of ${exec === '' ? 'c1' : `c1/${exec}`}`;
  return subject.events.wait(
    what,
    (e) => e.topic === '/tasks/exit' && e.container === 'c1' && e.exec === exec,
    timeoutMs,
  );
}

/** Runs steps that must succeed: a refused call, a silent one or a missing event is a breach. */
export async function expectSuccess(steps: () => Promise<readonly Breach[]>): Promise<readonly Breach[]> {
  try {
    return await steps();
  } catch (error) {
    const rule = ruleBrokenBy(error);
    if (rule === null) throw error;
    return [breach(rule, 'c1', (error as Error).message)];
  }
}

/** The rule that a failed call or a missing event breaks; null where no rule speaks of it. */
function ruleBrokenBy(error: unknown): string | null {
  if (error instanceof StatusError) {
    if (error.code === code.unavailable) return null;
    return error.code === code.deadlineExceeded ? 'every call is answered' : acceptRule;
  }
  if (!(error instanceof MissingEvent)) return null;
  if (error.what.startsWith('exit')) return 'no exit is lost';
  return error.what.startsWith('delete') ? 'a removed task is announced' : null;
}

/** Whether an event of the container comes in time. */
export function isAnnounced(subject: Subject, topic: string): Promise<boolean> {
  const isIt = (e: ForwardedEvent): boolean => e.topic === topic && e.container === 'c1';
  return subject.events.wait(topic, isIt, announcedMaxMs).then(
    () => true,
    () => false,
  );
}

/** @param found the exit status, by the event or answer that has it */
export function expectStatus(expected: number, found: Readonly<Record<string, number>>): Breach[] {
  return Object.entries(found).flatMap(([where, status]) =>
    status === expected
      ? []
      : [breach(statusRule, 'c1', `${where} has exit status ${status}, expected ${expected}`)],
  );
}

/** Makes a call that must be refused. @param expected the status code; null where any will do */
export async function expectRefusal(
  what: string,
  expected: number | null,
  call: () => Promise<unknown>,
): Promise<Breach[]> {
  try {
    await call();
  } catch (error) {
    const { code: found = -1 } = error as Partial<StatusError>;
    if (expected === null || found === expected) return [];
    return [
      breach(
        refusalRule,
        'c1',
        `${what} was refused with code ${found}, expected ${expected}: ${(error as Error).message}`,
      ),
    ];
  }
  return [breach(refusalRule, 'c1', `${what} was not refused`)];
}
