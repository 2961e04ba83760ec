import { rowsOf } from '../../conformance/log/breach-groups.ts';
import { explanationOf, sightingText } from '../../conformance/log/explanations.ts';
import type { Diagnosis } from '../../conformance/log/log-judge.ts';
import type { LogBreach } from '../../conformance/log/monitor.ts';
import type { ObservedEvent } from '../../conformance/log/observed.ts';
import type { Validation } from '../../conformance/log/validate.ts';
import type { Revision } from '../../spec/index.ts';

/** The verdict on a log, as JSON. */
export function validationJson(validation: Validation, revision: Revision | null): string {
  const { counts, groups, left, watched, ...rest } = validation;
  const { sightings, revisions, ...seen } = watched;
  const found = {
    specification: revision?.slug ?? 'none',
    ...rest,
    counts: Object.fromEntries(counts),
    revisions,
    groups: groups.map((group) => ({
      namespace: group.namespace,
      container: group.container,
      breaches: group.breaches.map(breachJson),
      events: rowsOf(group).map(eventJson),
    })),
    left,
    sightings: sightings.map(({ name, count, first }) => ({
      ...sightingText(name),
      count,
      first: first.map(eventJson),
    })),
    watched: seen,
  };
  return JSON.stringify(found, null, 2);
}

/** A breach with what is known of its cause. */
export function breachJson(breach: LogBreach): object {
  const { rule, exec, event, diagnosis } = breach;
  const why = diagnosis && whyJson(diagnosis);
  return { rule, exec, event: eventJson(event), diagnosis: why, explanation: explanationOf(breach) };
}

function whyJson({ revision, log, at, allowed, nearest }: Diagnosis): object {
  return { revision, log, at, allowed, nearest: nearest() };
}

/** An event, without what only its line has. */
export function eventJson(event: ObservedEvent): object {
  const { at, timeUs, namespace, topic, container, exec, pid, exitStatus } = event;
  return { at, timeUs, namespace, topic, container, exec, pid, exitStatus };
}
