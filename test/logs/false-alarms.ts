import { LogJudge } from '../../conformance/log/log-judge.ts';
import { type LogBreach, Monitor } from '../../conformance/log/monitor.ts';
import type { ObservedEvent } from '../../conformance/log/observed.ts';
import { revisions } from '../../spec/index.ts';
import { bound } from '../spec/bounds.ts';
import { observed, Runs } from './walks.ts';

/** What was tried. */
export interface Tried {
  readonly containers: number;
  readonly events: number;
  /** How often a log was cut in each way. */
  readonly cuts: Readonly<Record<Cut, number>>;
  readonly breaches: readonly LogBreach[];
}

const cuts = ['whole', 'begun late', 'ended early', 'begun late and ended early', 'repeated'] as const;
type Cut = (typeof cuts)[number];

const stepsMax = 160;

/** A shorter log has little that could be cut. */
const eventsMin = 4;

/** What the environment may do; execs are walked with their init, so three of them are no other case than two. */
const bounds = [
  bound(1, 1, 'delete', 'kill', 'wait'),
  bound(1, 2, 'delete', 'execOnCreated', 'runcFails'),
  bound(1, 2, 'delete', 'sharedPidNamespace', 'runcFails', 'kill'),
  bound(2, 1, 'delete', 'execOnCreated', 'earlyCalls'),
  bound(1, 2, 'delete', 'again', 'runcFails'),
];

/**
 * Judges random runs of `proposed`, which breaks no rule: whatever is told is a false alarm. The runs are told whole, from
 * a later event on, up to an earlier one, both, and with an event that is delivered twice.
 *
 * @param next a number from 0 to 1
 */
export function tryFalseAlarms(containers: number, next: () => number): Tried {
  const proposed = revisions.find(({ slug }) => slug === 'proposed');
  if (!proposed) throw new Error('there is no proposed');
  const judge = new LogJudge(proposed);
  const walkers = bounds.map((each) => ({ runs: new Runs(proposed, each), containers: each.containers }));
  const breaches: LogBreach[] = [];
  const tried = { containers: 0, events: 0, cuts: { ...none } };
  const below = (n: number): number => Math.floor(next() * n);
  while (tried.containers < containers) {
    const walker = walkers[below(walkers.length)] ?? walkers[0];
    if (!walker) break;
    const choices = Array.from({ length: stepsMax }, () => below(10_000));
    const events = walker.runs.walk(choices);
    if (events.length < eventsMin) continue;
    const log = events.map((event, i) => ({ ...observed(event, i), timeUs: 10 * i }));
    const cut = cuts[below(cuts.length)] ?? 'whole';
    const monitor = new Monitor(judge, (breach) => breaches.push(breach));
    for (const event of cutLog(log, cut, below)) monitor.take(event);
    tried.containers += walker.containers;
    tried.events += monitor.finish().events;
    tried.cuts[cut]++;
  }
  return { ...tried, breaches };
}

const none = Object.fromEntries(cuts.map((cut) => [cut, 0])) as Record<Cut, number>;

function cutLog(
  log: readonly ObservedEvent[],
  cut: Cut,
  below: (n: number) => number,
): readonly ObservedEvent[] {
  const at = below(log.length + 1);
  if (cut === 'begun late') return log.slice(at);
  if (cut === 'ended early') return log.slice(0, at);
  if (cut === 'begun late and ended early') return log.slice(at, at + below(log.length - at + 1));
  const again = log[at];
  return cut === 'repeated' && again ? log.toSpliced(at + 1, 0, again) : log;
}
