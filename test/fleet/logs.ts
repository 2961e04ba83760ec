import type { ObservedEvent } from '../../conformance/log/observed.ts';
import { revisions } from '../../spec/index.ts';
import { observed, Runs } from '../logs/walks.ts';
import { fc } from '../random.ts';
import { bound } from '../spec/bounds.ts';

const wide = bound(1, 2, 'delete', 'execOnCreated');
const choices = fc.array(fc.nat(10_000), { minLength: 60, maxLength: 120 });

/**
 * The events of containers of one machine, mixed: runs of every revision, of which some break rules. The same seed gives
 * the same events.
 *
 * @param containers how many there are
 */
export function eventsOfNode(seed: number, containers: number): ObservedEvent[] {
  const walkers = revisions.map((revision) => new Runs(revision, wide));
  const logs = fc.sample(choices, { numRuns: containers, seed }).map((of, i) => {
    const { log } = walkers[i % walkers.length]?.run(of) ?? { log: [] };
    return log.map(
      (event, j): ObservedEvent => ({ ...observed(event, j), container: `c${i}`, timeUs: j * 10 }),
    );
  });
  const mixed: ObservedEvent[] = [];
  // A hundred are there at once.
  for (let from = 0; from < logs.length; from += 100) {
    const some = logs.slice(from, from + 100);
    const length = Math.max(...some.map((log) => log.length));
    for (let j = 0; j < length; j++) mixed.push(...some.flatMap((log) => log[j] ?? []));
  }
  return mixed;
}
