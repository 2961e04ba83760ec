/**
 * What is owed to whoever listens: the rules of the log, asked of what was delivered, and two more.
 *
 * @module
 */
import { always, quiescent, sometimes } from '../../checker/property.ts';
import { at } from '../assert.ts';
import { type Bound, processesOf } from '../bound.ts';
import { type LogRule, logRules, subjectsOf } from '../log-rules.ts';
import type { Rule } from '../rule.ts';
import type { Service } from '../service.ts';
import { isInit, type ProcessId } from '../vocabulary.ts';
import { isLossTold } from './channel.ts';
import { type PublisherPart, roadOf } from './part.ts';
import { type Road, type Sent, wasDelivered } from './slice.ts';

const commit = '301026e58c619e63d09c0ec411012e54c0124b03';
const publisher = `https://github.com/containerd/containerd/blob/${commit}/pkg/shim/publisher.go`;
const events = `https://github.com/containerd/containerd/blob/${commit}/docs/runtime-v2.md`;

/** Every rule of the road, and the situations that make them worth checking. */
export function roadRules({ isOrdered }: PublisherPart, bound: Bound): Rule[] {
  const all = processesOf(bound);
  return [
    ...logRules.map((rule) => ofDelivered(rule, bound)),
    quiescent(
      'delivered: every event',
      (s, p) => roadOf(s).listener === 'away' || isLossTold(s) || isWhole(s, p),
      {
        sentence:
          'a shim MUST implement the following events: what it has published comes to the listener, once that is there and stays, or is told as lost',
        source: events,
        subjects: all,
      },
    ),
    always(
      'delivered: no event twice but by a mark',
      (s, p) => !at(roadOf(s).delivered, p).some((mark) => mark.includes(' again')),
      {
        sentence: 're-queue after a short delay: what was served and answered late is forwarded again',
        source: `${publisher}#L117-L124`,
        subjects: all,
      },
    ),
    ...(bound.publisher ? witnesses(isOrdered) : []),
  ];
}

function ofDelivered(rule: LogRule, bound: Bound): Rule {
  const { name, sentence, source } = rule;
  return always(`delivered: ${name}`, (s, p) => rule.holds(isInit(p), at(roadOf(s).delivered, p)), {
    sentence,
    source,
    subjects: subjectsOf(rule, bound),
  });
}

/** Whether everything that was published of a process has been delivered. */
function isWhole(s: Service, process: ProcessId): boolean {
  const delivered = at(roadOf(s).delivered, process).filter((mark) => !mark.includes(' again'));
  const left = delivered.map(bare);
  return at(s.published, process).every((mark) => {
    const found = left.indexOf(bare(mark));
    if (found >= 0) left.splice(found, 1);
    return found >= 0;
  });
}

/** A mark without how it stands to others, which may differ on the road. */
function bare(mark: string): string {
  return mark.replace(/ (?:before create|after init exit)$/, '');
}

function witnesses(isOrdered: boolean): Rule[] {
  const witness = (name: string, lines: string, isReached: (road: Road) => boolean): Rule =>
    sometimes(name, (s) => isReached(roadOf(s)), {
      sentence: name,
      source: `${publisher}#${lines}`,
      subjects: ['forward'],
    });
  const inFlight = ({ forwarder, retrier, watcher }: Road): Sent[] =>
    [forwarder, retrier, watcher ?? null].filter((sent) => sent !== null);
  const isAnywhere = (road: Road, time: number): boolean =>
    [...road.channel, ...road.requeued, ...road.unanswered, ...inFlight(road)].some(
      (sent) => sent.time === time,
    );
  return [
    witness('an event is retried while its first request is with the listener', 'L154-L187', (road) =>
      inFlight(road).some(({ time }) => road.unanswered.some((sent) => sent.time === time)),
    ),
    witness('an event that was delivered is in flight again', 'L154-L187', (road) =>
      inFlight(road).some((sent) => wasDelivered(road, sent)),
    ),
    witness(
      'events wait for a listener that has come back',
      'L154-L187',
      (road) => road.listener === 'back' && isAnywhere(road, road.last + 1),
    ),
    ...(isOrdered
      ? []
      : [
          witness('an event overtakes an older one', 'L146-L149', ({ missing }) => missing.length > 0),
          witness('an event is dropped', 'L104-L108', (road) =>
            road.missing.some((time) => !isAnywhere(road, time)),
          ),
        ]),
  ];
}
