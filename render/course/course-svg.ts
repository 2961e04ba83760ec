import type { Moment } from '../../conformance/shim/timeline.ts';
import { type DiagramRow, sequenceSvg } from '../sequence-svg.ts';
import { told } from './moments.ts';

/** A check that the tester ran: what it saw, and what that broke. */
export interface Course {
  readonly name: string;
  readonly moments: readonly Moment[];
  readonly breaches: readonly { readonly what: string; readonly rule: { readonly name: string } }[];
}

/** The course of a check as a sequence diagram. */
export function courseSvg({ name, moments, breaches }: Course): string {
  const begin = moments[0]?.atMs ?? 0;
  const rows = moments.map((moment, i): DiagramRow => {
    const { lane, text } = told(moment);
    const isReply = moment.kind === 'reply';
    const from = isReply
      ? moments.findLastIndex((m, k) => k < i && m.kind === 'call' && m.call === moment.call)
      : -1;
    const isEvent = moment.kind === 'event';
    const breaks = isEvent
      ? breaches.filter(({ what }) => what.startsWith(`event ${moment.index + 1}:`))
      : [];
    return {
      lane,
      text: `${text}  +${(moment.atMs - begin).toFixed(0)} ms`,
      events: isEvent ? [moment.text] : [],
      breaks: breaks.map(({ rule }) => rule.name),
      after: from < 0 ? [] : [from],
    };
  });
  return sequenceSvg({ title: name, rows, waiting: [] });
}
