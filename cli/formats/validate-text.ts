import { type BreachGroup, rowsOf } from '../../conformance/log/breach-groups.ts';
import { type Explanation, explanationOf, sightingText } from '../../conformance/log/explanations.ts';
import type { Letter } from '../../conformance/log/letters.ts';
import type { Diagnosis } from '../../conformance/log/log-judge.ts';
import type { LogBreach } from '../../conformance/log/monitor.ts';
import { type ObservedEvent, observedText, processOf } from '../../conformance/log/observed.ts';
import type { RevisionVerdict } from '../../conformance/log/revision-counts.ts';
import type { Validation } from '../../conformance/log/validate.ts';
import { count } from '../../render/table.ts';
import type { Revision } from '../../spec/index.ts';
import type { Output } from '../flags/output.ts';

/** The verdict on a log, for a terminal. */
export function validationText(
  validation: Validation,
  revision: Revision | null,
  colors: Output['colors'],
): string {
  const { watched, counts, groups, left, refused } = validation;
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
  const nameOf = shortener(eventsShown(validation));
  return [
    `${validation.files.join(', ')}: ${many(watched.events, 'event')} of ${many(watched.containers, 'container')}, judged by ${judgedBy(revision)}`,
    ...(total > 0 || refused !== null ? [''] : []),
    ...[...counts].map(([rule, n]) => `  ${colors.red('✗')} ${rule}: ${count(n)}`),
    ...(refused === null ? [] : [`  ${colors.red('✗')} the reducer does not allow ${refused}`]),
    ...groups.flatMap((each) => ['', ...groupLines(each, nameOf, colors)]),
    ...(left > 0
      ? ['', `  ${many(left, 'more breach', 'more breaches')}; print them with --breaches ${total}`]
      : []),
    ...watched.sightings.flatMap(({ name, count: n, first }) => [
      '',
      `  ${colors.yellow('!')} ${name}: ${count(n)}`,
      ...first.map((each) => rowText(each, each === first.at(-1), nameOf, colors)),
      ...explanationLines(sightingText(name)),
    ]),
    '',
    ...revisionLines(watched.revisions, revision),
    total === 0 && refused === null
      ? colors.green('no rule is broken')
      : colors.red(`${count(total)} ${total === 1 ? 'breach' : 'breaches'}`),
    ...unjudged(validation).map((line) => colors.yellow(`not judged: ${line}`)),
  ].join('\n');
}

function judgedBy(revision: Revision | null): string {
  if (revision === null) return 'the rules';
  return `the rules and by the logs of ${revision.slug} (each exec with its init)`;
}

/** Whether the revision has the log, and which others have. */
export function revisionLines(verdicts: readonly RevisionVerdict[], revision: Revision | null): string[] {
  const own = verdicts.find((each) => each.revision === revision?.slug);
  if (!own) return [];
  const those = (allows: RevisionVerdict['allows']): string =>
    verdicts
      .filter((each) => each.allows === allows)
      .map((each) => each.revision)
      .join(', ');
  const early = those('with exec-on-created');
  return [
    `this log ${ownVerdict(own)}`,
    `revisions that allow it: ${those('yes') || 'none'}`,
    ...(early === '' ? [] : [`only where clients add execs before Start has answered: ${early}`]),
  ];
}

function ownVerdict({ revision, allows, containers }: RevisionVerdict): string {
  if (allows === 'yes') return `is a behaviour of ${revision}`;
  const of = containers === 1 ? '1 container' : `${count(containers)} containers`;
  const early = 'a client added an exec before Start had answered, which the log does not show';
  if (allows === 'no') return `is not a behaviour of ${revision} (${of})`;
  return `is not a behaviour of ${revision} (${of}), unless ${early}`;
}

/** Breaches that are near each other, with their events once. */
export function groupLines(
  group: BreachGroup,
  nameOf: (id: string) => string,
  c: Output['colors'],
): string[] {
  const { namespace, container, breaches } = group;
  const marked = new Set(breaches.map(({ event }) => event));
  const rows = rowsOf(group);
  const name = nameOf(container) || 'no container';
  const day = dayOf(rows);
  return [
    `  ${c.bold(namespace === '' ? name : `${namespace} ${name}`)}${day === null ? '' : `, ${day} UTC`}`,
    ...breaches.flatMap((breach) => breachLines(breach, nameOf, c)),
    ...rows.map((each) => rowText(each, marked.has(each), nameOf, c)),
    ...[...new Set(breaches.map(({ diagnosis }) => diagnosis))].flatMap((each) =>
      each ? diagnosisLines(each).map((line) => `    ${line}`) : [],
    ),
    ...[...new Set(breaches.map(explanationOf))].flatMap((each) => (each ? explanationLines(each) : [])),
  ];
}

/** A rule that was broken. Its words stand there once, however many processes broke it. */
function breachLines(
  { rule, container, exec, event }: LogBreach,
  nameOf: (id: string) => string,
  c: Output['colors'],
): string[] {
  const process = processOf({ container: nameOf(container), exec: nameOf(exec) }) || 'no process';
  return [
    `  ${c.red(`✗ ${rule.name}`)} (${rule.level}), ${process}, ${event.at}`,
    `    ${rule.sentence}`,
    `    ${c.dim(rule.source)}`,
  ];
}

function rowText(
  event: ObservedEvent,
  isMarked: boolean,
  nameOf: (id: string) => string,
  c: Output['colors'],
): string {
  const time = timeText(event);
  return `    ${isMarked ? c.red('▶') : '│'} ${time === null ? '' : `${time}  `}${observedText(event, nameOf)}  ${c.dim(event.at)}`;
}

function explanationLines({ sentence, next, versions, link }: Explanation): string[] {
  return [`    why: ${sentence}`, `    look at: ${next}`, `    known of: ${versions}; ${link}`];
}

/** `04:00:01.000000`; null where the log has no times. */
export function timeText({ timeUs }: ObservedEvent): string | null {
  if (timeUs === null) return null;
  const seconds = new Date(Math.floor(timeUs / 1_000)).toISOString().slice(11, 19);
  return `${seconds}.${String(timeUs % 1_000_000).padStart(6, '0')}`;
}

function dayOf(rows: readonly ObservedEvent[]): string | null {
  const timeUs = rows.find((each) => each.timeUs !== null)?.timeUs ?? null;
  return timeUs === null ? null : new Date(timeUs / 1_000).toISOString().slice(0, 10);
}

const longId = /^[0-9a-f]{32,}$/;

/** Every event that a report shows. */
export function eventsShown({ groups, watched }: Validation): ObservedEvent[] {
  return [...groups.flatMap(rowsOf), ...watched.sightings.flatMap(({ first }) => first)];
}

/** Shortens ids of hexadecimal digits as far as those of the events stay apart. */
export function shortener(events: readonly ObservedEvent[]): (id: string) => string {
  const ids = [...new Set(events.flatMap(({ container, exec }) => [container, exec]))].filter((id) =>
    longId.test(id),
  );
  let length = 12;
  while (length < 64 && new Set(ids.map((id) => id.slice(0, length))).size < ids.length) length++;
  return (id) => (longId.test(id) ? id.slice(0, length) : id);
}

/** Why no behaviour has the log: what might have come instead, and the nearest log of a behaviour. */
export function diagnosisLines({ revision, allowed, nearest: find }: Diagnosis): string[] {
  const nearest = find();
  const instead = allowed.map(letterText).join(', ') || 'nothing';
  const signs = { kept: '', added: '+', dropped: '−', moved: '↷' } as const;
  const log = nearest?.map(({ kind, letter }) => `${signs[kind]}${letterText(letter)}`).join(', ');
  return [
    `${revision} allows here: ${instead}`,
    `nearest log that it allows: ${log ?? 'none is near'}${nearest ? '  (+ added, − dropped, ↷ moved to a later place)' : ''}`,
  ];
}

function letterText(letter: Letter): string {
  return letter === 'exec-exit' ? "the exec's exit" : letter === 'exit' ? "the init's exit" : letter;
}

/** What a log that is not whole leaves open. */
export function unjudged(validation: Validation): string[] {
  const { watched, lines: read, others, unreadable, unread, notReplayed, interrupted, inTurn } = validation;
  const { begunBefore, partial, unfinished, forgotten, events } = watched;
  const { first, count: lines } = unreadable;
  return [
    ...(inTurn === null || validation.files.length < 2
      ? []
      : [
          `the order between the files: ${inTurn} has no times, or can be read only once, so they were read in turn`,
        ]),
    ...(interrupted ? [`what follows line ${read}: stopped by Ctrl-C or SIGTERM`] : []),
    ...(events === 0 ? ['the log has no event of a task'] : []),
    ...(notReplayed === null ? [] : [notReplayed]),
    ...(begunBefore > 0
      ? [
          `${many(begunBefore, 'container')} ${begunBefore === 1 ? 'was' : 'were'} created before the log begins: what came before is assumed to be right`,
        ]
      : []),
    ...(partial > 0
      ? [
          `${many(partial, 'container')} ${partial === 1 ? 'is' : 'are'} known from CRI's lines alone, which tell of exits and OOMs: no order can be judged, and no lost exit`,
        ]
      : []),
    ...(unfinished > 0
      ? [`${many(unfinished, 'process', 'processes')} had not exited when the log ended`]
      : []),
    ...(others > 0 ? [`${many(others, 'line')} of other topics`] : []),
    ...(forgotten > 0
      ? [`${count(forgotten)} containers were forgotten, because too many were there at once`]
      : []),
    ...(first === null
      ? []
      : [`${many(lines, 'unparsable line')}; the first, ${first.at}, lacks ${first.lacks}: ${first.text}`]),
    ...unread,
  ];
}

function many(n: number, one: string, more = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : more}`;
}
