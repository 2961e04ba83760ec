import type { Bound, Revision } from '../../spec/index.ts';
import { isOrdering, modelEvent } from '../log/observed.ts';
import { seenAs } from '../races/races.ts';
import type { Conductor } from '../shim/conductor.ts';
import { type Breach, breach } from './breach.ts';
import { explain, type Sighting } from './explain.ts';

/**
 * Asks the specification whether one of its behaviours has the calls and events of a course, and what all that have
 * them break.
 *
 * @returns no breach, too, where the search was given up
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
  const withAll: Bound = {
    ...bound,
    delete: true,
    wait: true,
    kill: true,
    runcFails: true,
    execOnCreated: true,
  };
  const found = explain(revision, withAll, seen);
  if (found.verdict === 'unknown') conductor.notes.push(`not explained: ${found.why}`);
  if (found.verdict === 'explained') return found.violated.flatMap((name) => brokenBy(revision, name));
  if (found.verdict === 'unknown') return [];
  const at = seen[found.at];
  const what = at ? textOf(at) : 'the end';
  const instead = found.allowed.length > 0 ? `; an event could have been ${found.allowed.join(' or ')}` : '';
  const subject = at?.kind === 'event' ? at.event.process : (at?.call ?? 'c1');
  return [
    breach(
      'calls and events are a behaviour of the specification',
      subject,
      `no behaviour of ${revision.slug} explains ${what}, sighting ${found.at + 1} of ${seen.length}${instead}`,
    ),
  ];
}

/** A revision with a defect explains what it does wrong: the rule is broken all the same. */
function brokenBy({ slug }: Revision, name: string): Breach[] {
  const rule = seenAs.get(name);
  if (rule === undefined) return [];
  return [
    breach(rule, 'the shim', `every behaviour of ${slug} with these calls and events breaks '${name}'`),
  ];
}

function textOf(sighting: Sighting): string {
  if (sighting.kind === 'event') return `the event ${sighting.event.topic} ${sighting.event.process}`;
  if (sighting.kind === 'call') return `the call ${sighting.call}`;
  return `that ${sighting.call} was ${sighting.isError ? 'refused' : 'answered'}`;
}
