import type { Bound, Revision } from '../../spec/index.ts';
import { isOrdering, modelEvent } from '../log/observed.ts';
import { seenAs } from '../races/races.ts';
import type { Conductor } from '../shim/conductor.ts';
import { type Breach, breach } from './breach.ts';
import { explain, type Sighting } from './explain.ts';

/**
 * Asks the specification whether one of its behaviours has the calls and events that the tester saw. A rule that all
 * such behaviours break is broken, too.
 *
 * @returns the breaches; none where the search was given up, which is noted
 */
export function unexplainedIn(conductor: Conductor, revision: Revision, bound: Bound): Breach[] {
  const { moments } = conductor.timeline;
  const observed = conductor.subject.events.observed();
  const seen = moments.flatMap((moment): Sighting[] => {
    if (moment.kind === 'call') return [{ kind: 'call', call: moment.call }];
    if (moment.kind === 'reply')
      return [{ kind: 'reply', call: moment.call, isError: moment.error !== null }];
    const event = moment.kind === 'event' ? observed[moment.index] : undefined;
    return event && isOrdering(event) ? [{ kind: 'event', event: modelEvent(event) }] : [];
  });
  const wide: Bound = {
    ...bound,
    delete: true,
    wait: true,
    kill: true,
    runcFails: true,
    execOnCreated: true,
  };
  const found = explain(revision, wide, seen);
  if (found.verdict === 'unknown') conductor.notes.push(`not explained: ${found.why}`);
  if (found.verdict === 'explained') return found.violated.flatMap((name) => breachesOf(revision, name));
  if (found.verdict === 'unknown') return [];
  const at = seen[found.at];
  const what = at ? sightingText(at) : 'the end';
  const { allowed } = found;
  const instead = allowed.length > 0 ? `; it allows the event ${allowed.join(' or ')} there` : '';
  const subject = at?.kind === 'event' ? at.event.process : (at?.call ?? 'c1');
  return [
    breach(
      'calls and events are a behaviour of the specification',
      subject,
      `no behaviour of ${revision.slug} has ${what} (number ${found.at + 1} of ${seen.length} calls, answers and events)${instead}`,
    ),
  ];
}

/** A revision that has a defect explains what the defect does. That breaks the rule all the same. */
function breachesOf({ slug }: Revision, name: string): Breach[] {
  const rule = seenAs.get(name);
  if (rule === undefined) return [];
  return [
    breach(rule, 'the shim', `every behaviour of ${slug} that has these calls and events breaks '${name}'`),
  ];
}

function sightingText(sighting: Sighting): string {
  if (sighting.kind === 'event') return `the event ${sighting.event.topic} ${sighting.event.process}`;
  if (sighting.kind === 'call') return `the call ${sighting.call}`;
  return `the ${sighting.isError ? 'refusal' : 'success'} of ${sighting.call}`;
}
