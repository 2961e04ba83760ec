/**
 * A shim that is killed from outside, and containerd's clean-up after it.
 *
 * containerd sees that the connection has ended, runs the shim's binary with `delete`, which kills what is left, and
 * publishes TaskExit and TaskDelete itself where it still knows the task; whether the shim had published the exit before,
 * it does not ask. A containerd that has restarted meanwhile does not know the task yet: it cleans up and publishes
 * nothing.
 *
 * Whatever was queued is lost with the shim, and the exits of its execs: containerd publishes none of them. A shim can keep
 * one thing: what it published of an init's exit. `delete` then answers the same pid, status and time, and the second exit
 * is a repetition that a listener can tell as one.
 *
 * Not modelled: an answer that is lost on its way in the crash; a task whose Create is in flight, which containerd forgets;
 * a `delete` that fails, after which containerd publishes the status 255.
 *
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/core/runtime/v2/shim.go#L144-L191
 * @module
 */
import { always, quiescent, sometimes } from '../../checker/property.ts';
import { at } from '../assert.ts';
import { type Bound, containersOf } from '../bound.ts';
import { endContainer } from '../environment.ts';
import { fold, isExit } from '../log.ts';
import type { Rule } from '../rule.ts';
import type { Service } from '../service.ts';
import { byExitLoop, byProcesses, type ShimSteps } from '../steps.ts';
import { type ContainerId, callOf } from '../vocabulary.ts';
import type { LeftTasks, Road } from './slice.ts';

const source =
  'https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/core/runtime/v2/shim.go#L144-L191';

function leftOf({ road }: Service): LeftTasks {
  return at({ left: road?.left }, 'left') as LeftTasks;
}

/**
 * The crash, and what containerd does then.
 *
 * @param stop ends the service as a panic does
 * @param recordsExits whether `delete` knows what the shim has published of an init's exit
 */
export function crashSteps(stop: (s: Service) => true, recordsExits: boolean): ShimSteps<Service> {
  return {
    ShimCrashes: byExitLoop<Service>((s) => shimCrashes(s, stop), { text: 'is killed' }),
    ContainerdCleansUp: byProcesses<Service>(containersOf, (s, c) => containerdCleansUp(s, c, recordsExits), {
      text: cleaningText,
    }),
  };
}

function cleaningText(): string {
  return 'cleanupAfterDeadShim: runs delete; publishes TaskExit and TaskDelete where the task is known';
}

function shimCrashes(s: Service, stop: (s: Service) => true): boolean {
  if (['ended', 'panicked', 'crashed'].includes(s.processExits.pc)) return false;
  const left = leftOf(s);
  for (const c of Object.keys(left)) {
    const isKnown = wasAnswered(s, callOf('create', c)) && !wasAnswered(s, callOf('delete', c));
    if (isKnown) left[c] = s.road?.listener === 'away' ? 'forgotten' : 'known';
  }
  return stop(s);
}

function wasAnswered(s: Service, call: string): boolean {
  return s.calls[call]?.pc === 'answered' || s.calls[`${call} again`]?.pc === 'answered';
}

/** containerd goes away: when it comes back it knows no task that has lost its shim. */
export function forgetTasks({ left }: Road): void {
  if (!left) return;
  for (const [c, task] of Object.entries(left)) if (task === 'known') left[c] = 'forgotten';
}

function containerdCleansUp(s: Service, c: ContainerId, recordsExits: boolean): boolean {
  const left = leftOf(s);
  const road = s.road as Road;
  const task = at(left, c);
  if ((task !== 'known' && task !== 'forgotten') || road.listener === 'away') return false;
  endContainer(s, c);
  left[c] = 'cleaned';
  if (task === 'forgotten') return true;
  const isRepetition = recordsExits && at(s.published, c).some(isExit) && at(road.delivered, c).some(isExit);
  if (!isRepetition) fold(road.delivered, { topic: 'exit', process: c });
  fold(road.delivered, { topic: 'delete', process: c });
  return true;
}

/** What is owed of a task that has lost its shim. */
export function crashRules(bound: Bound): Rule[] {
  const containers = containersOf(bound);
  const delivered = (s: Service, c: ContainerId): string[] => at((s.road as Road).delivered, c);
  return [
    always(
      'a process is published as ended once, whoever publishes it',
      (s, c) => delivered(s, c).filter((mark) => isExit(mark) && !mark.endsWith(' again')).length <= 1,
      { sentence: 'events.Publish(ctx, runtime.TaskExitEventTopic, …)', source, subjects: containers },
    ),
    quiescent(
      'a task that has lost its shim is published as ended',
      (s, c) => at(leftOf(s), c) !== 'cleaned' || delivered(s, c).some(isExit),
      {
        sentence: 'Task was never started or was already successfully deleted: No need to publish events',
        source,
        subjects: containers,
      },
    ),
    sometimes('containerd cleans up after a dead shim', (s, c) => at(leftOf(s), c) === 'cleaned', {
      sentence: 'cleaning up after shim disconnected',
      source,
      subjects: containers,
    }),
    sometimes('a second exit says what the first said, or contradicts it', secondExit, {
      sentence: 'a task whose real exit was delivered before',
      source,
      subjects: containers,
    }),
  ];
}

/** Whether containerd has cleaned up after a task whose exit was delivered by its shim. */
function secondExit(s: Service, c: ContainerId): boolean {
  const marks = at((s.road as Road).delivered, c);
  return at(leftOf(s), c) === 'cleaned' && at(s.published, c).some(isExit) && marks.some(isExit);
}

/** A shim that was killed owes nothing more: what is left to do is containerd's. */
export function excuseCrashed(rule: Rule): Rule {
  if (rule.kind !== 'quiescent') return rule;
  return {
    ...rule,
    check: (s, subject, after) => s.processExits.pc === 'crashed' || rule.check(s, subject, after),
  };
}
