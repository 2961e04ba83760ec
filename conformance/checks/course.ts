/** What the plain courses of a container are made of. */
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import type { Conductor } from '../shim/conductor.ts';
import type { ForwardedEvent } from '../shim/events-server.ts';
import type { Subject } from '../shim/subject.ts';
import { type Breach, breach } from './breach.ts';

export const statusRule = 'a status is the exit code, or 128 and the signal';
export const refusalRule = 'a call that cannot be is refused with its code';
export const acceptRule = 'a call that can be is not refused';
const announcedMaxMs = 5_000;

/** Nothing is held in a plain course. */
export async function free(conductor: Conductor): Promise<Conductor> {
  await conductor.gate.open();
  return conductor;
}

export function init(subject: Subject, args: string[]): void {
  subject.configure('c1', (config) => {
    config.process.args = args;
  });
}

export async function running(subject: Subject): Promise<void> {
  await subject.create('c1');
  await subject.startProcess('c1');
}

/** An exec that sleeps is started, and deleted; it ends with the container. */
export async function deleteRunning(subject: Subject): Promise<unknown> {
  await subject.exec('c1', 'e2', ['/bin/sleep', '3600']);
  await subject.startProcess('c1', 'e2');
  return subject.delete('c1', 'e2');
}

export function exitOf(subject: Subject, exec: string, timeoutMs?: number): Promise<ForwardedEvent> {
  const what = `exit of ${exec === '' ? 'c1' : `c1/${exec}`}`;
  return subject.events.wait(
    what,
    (e) => e.topic === '/tasks/exit' && e.container === 'c1' && e.exec === exec,
    timeoutMs,
  );
}

/** A course in which every call has to succeed, but for those that it expects to be refused. */
export async function accepted(course: () => Promise<readonly Breach[]>): Promise<readonly Breach[]> {
  try {
    return await course();
  } catch (error) {
    const rule = ruleOf(error);
    if (rule === null) throw error;
    return [breach(rule, 'c1', (error as Error).message)];
  }
}

/** The rule that a call or event breaks by failing, or by not coming; null where it is no rule's. */
function ruleOf(error: unknown): string | null {
  if (error instanceof StatusError) {
    if (error.code === code.unavailable) return null;
    return error.code === code.deadlineExceeded ? 'every call is answered' : acceptRule;
  }
  const { message } = error as Error;
  if (message.startsWith('no event exit')) return 'no exit is lost';
  return message.startsWith('no event delete') ? 'a removed task is announced' : null;
}

/** Whether an event of the container comes in time. */
export function announced(subject: Subject, topic: string): Promise<boolean> {
  const isIt = (e: ForwardedEvent): boolean => e.topic === topic && e.container === 'c1';
  return subject.events.wait(topic, isIt, announcedMaxMs).then(
    () => true,
    () => false,
  );
}

export function expectStatus(expected: number, found: Readonly<Record<string, number>>): Breach[] {
  return Object.entries(found).flatMap(([where, status]) =>
    status === expected ? [] : [breach(statusRule, 'c1', `${where} says ${status}, and it is ${expected}`)],
  );
}

/** @param expected the status code; null where any will do */
export async function refusal(
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
        `${what}: code ${found} (${(error as Error).message}), and it is ${expected}`,
      ),
    ];
  }
  return [breach(refusalRule, 'c1', `${what} was not refused`)];
}
