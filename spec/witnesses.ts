import { sometimes } from '../checker/property.ts';
import { at } from './assert.ts';
import { type Bound, processesOf } from './bound.ts';
import type { Rule } from './rule.ts';
import type { Service } from './service.ts';
import { containerOf, foreign, isInit, methodOf, targetOf } from './vocabulary.ts';

const seedMessage =
  'https://github.com/containerd/containerd/commit/18c6503d98f4de37ebbd39443bde958d8b6dc367';

/** The situations that make the rules worth checking: each has to be reached, where the bound can reach it. */
export function witnesses(bound: Bound, initial: Service): Rule[] {
  const calls = Object.keys(initial.exitSubscribers ?? {});
  const handling = (s: Service, call: string): boolean => at(s.calls, call).pc.startsWith('exit: ');
  const starts = calls.filter((call) => methodOf(call) === 'start');
  const early =
    'It checks if the PID has exited in the time between it starting the process and publishing the TaskStart event, handling the exit if it has.';
  const witness = (
    name: string,
    sentence: string,
    subjects: readonly string[],
    check: (s: Service, subject: string) => boolean,
  ): Rule => sometimes(name, check, { sentence, source: seedMessage, subjects });
  return [
    witness(
      'an early exit is handled in Create',
      early,
      calls.filter((call) => methodOf(call) === 'create'),
      handling,
    ),
    witness(
      'an early exit is handled in Start of an init',
      early,
      starts.filter((call) => isInit(targetOf(call))),
      handling,
    ),
    witness(
      'an early exit is handled in Start of an exec',
      early,
      starts.filter((call) => !isInit(targetOf(call))),
      handling,
    ),
    witness(
      initial.running ? 'an exit is found in running' : 'the exit loop handles an exit',
      'Processing exits then is as simple as looking up which process corresponds to the PID.',
      initial.starting ? [] : ['processExits'],
      (s) => s.processExits.pc.startsWith('exit: '),
    ),
    witness(
      'a foreign exit is discarded',
      'Exit events for reparented processes received when no s.Start() calls are in flight are immediately discarded',
      bound.reparented ? ['processExits'] : [],
      (s) =>
        at(s.kernel, foreign).status === 'reaped' &&
        s.ec.every((e) => e.of !== foreign) &&
        s.processExits.pc === 'range s.ec',
    ),
    witness(
      'two subscribers wait at once',
      'having each s.Start() call subscribe to exit events before starting the process',
      calls.length > 0 &&
        (bound.containers > 1 || bound.execs > 1 || (bound.execs > 0 && (bound.execOnCreated || bound.again)))
        ? ['exitSubscribers']
        : [],
      (s) => Object.values(s.exitSubscribers ?? {}).filter(Boolean).length >= 2,
    ),
    witness(
      'an exec outlives its init',
      'Ensure all children are killed',
      bound.sharedPidNamespace ? processesOf(bound).filter((p) => !isInit(p)) : [],
      (s, p) => at(s.kernel, p).status === 'alive' && at(s.kernel, containerOf(p)).status === 'zombie',
    ),
  ];
}
