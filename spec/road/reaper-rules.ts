/**
 * What is owed between wait4 and the exit loop.
 *
 * @module
 */
import { always, sometimes } from '../../checker/property.ts';
import { type Bound, callsOf } from '../bound.ts';
import type { Rule } from '../rule.ts';
import type { Service } from '../service.ts';
import { methodOf } from '../vocabulary.ts';
import { hasRoom, isMoreToReap, isReaping, isTelling, reaperOf, toldNext } from './reaper.ts';
import { fixIn } from './reaper-slice.ts';

const commit = '301026e58c619e63d09c0ec411012e54c0124b03';
const source = `https://github.com/containerd/containerd/blob/${commit}/pkg/sys/reaper/reaper_unix.go`;

/** The rules of the reaper, and the situations that make them worth checking. */
export function reaperRules(bound: Bound): Rule[] {
  const witness = (name: string, lines: string, isReached: (s: Service) => boolean): Rule =>
    sometimes(name, isReached, {
      sentence: name,
      source: `${source}#${lines}`,
      subjects: ['processExits'],
    });
  return [
    always('no zombie waits for the exit loop', (s) => !isHeldUp(s) || !isAnyZombie(s), {
      sentence: 'Reap will reap all exited processes: those too that end while the exit loop is busy',
      source: `${source}#L60-L61`,
      subjects: ['processExits'],
    }),
    witness('the reaper goes on after a second', 'L75-L78', isAnyLate),
    witness("a runc's exit waits to be told", 'L62-L80', (s) =>
      Object.values(reaperOf(s).runcs).some((runc) => runc.at === 'reaped'),
    ),
    ...(fixIn(bound) === '13539'
      ? [
          witness(
            'the second scan finds an exit',
            'L62-L80',
            (s) => reaperOf(s).pc === 'again' && isAnyLate(s),
          ),
        ]
      : []),
    ...(bound.kill && callsOf(bound).some((call) => methodOf(call) === 'kill')
      ? [witness('Kill waits for its runc', 'L62-L80', (s) => waitsInKill(s))]
      : []),
  ];
}

function isAnyLate(s: Service): boolean {
  const { late, lateRuncs } = reaperOf(s);
  return lateRuncs > 0 || Object.values(late).some(Boolean);
}

function waitsInKill(s: Service): boolean {
  const { runcs } = reaperOf(s);
  return Object.entries(runcs).some(
    ([thread, { at: place }]) => thread.startsWith('kill ') && place === 'reaped',
  );
}

/** Whether an exit stands before the others until the exit loop makes room. */
export function isHeldUp(s: Service): boolean {
  const reaper = reaperOf(s);
  // Of #13653: a goroutine empties the channel that waits for nobody.
  if (!isTelling(reaper) || reaper.exits.length === 0 || reaper.fix === '13653') return false;
  return !hasRoom(s) && toldNext(reaper) === null;
}

function isAnyZombie(s: Service): boolean {
  return !isReaping(reaperOf(s)) && isMoreToReap(s);
}
