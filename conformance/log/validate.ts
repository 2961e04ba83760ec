import { statSync } from 'node:fs';
import type { Revision } from '../../spec/index.ts';
import { type BreachGroup, BreachGroups } from './breach-groups.ts';
import { LogJudge } from './log-judge.ts';
import { Monitor, type Watched } from './monitor.ts';
import type { ObservedEvent } from './observed.ts';
import { filesOf, LogError, nothingLeft, readParts, readRecords } from './read/inputs.ts';
import { mergeByTime, type Source } from './read/merge.ts';
import { LineParser, type Parsed, printable, Unreadable } from './read/parse.ts';
import { isRecorded, RecordReader, type Replayed } from './read/record.ts';
import type { TakeRecord } from './read/splitters.ts';

/** A line that cannot be read. */
export interface UnreadableLine {
  readonly at: string;
  /** How it begins. */
  readonly text: string;
  /** What it lacks, in words. */
  readonly lacks: string;
}

/** What came of judging a log. */
export interface Validation {
  /** The files that were read. */
  readonly files: readonly string[];
  /** A file without times, for which they were read one after the other; null where they were merged by time. */
  readonly inTurn: string | null;
  readonly format: 'events' | 'actions';
  readonly lines: number;
  /** Breaches of one container that are near each other stand in one group. */
  readonly groups: readonly BreachGroup[];
  /** How many breaches are in none of the groups. */
  readonly left: number;
  /** How often each rule was broken, breaches in no group included. */
  readonly counts: ReadonlyMap<string, number>;
  readonly watched: Watched;
  /** How many lines tell of something else. */
  readonly others: number;
  readonly unreadable: { readonly count: number; readonly first: UnreadableLine | null };
  /** What was not read to its end, in words. */
  readonly unread: readonly string[];
  /** The recorded action that the reducer does not allow; null where it allows them all. */
  readonly refused: string | null;
  /** Why a record was not replayed to its end; null where it was. */
  readonly notReplayed: string | null;
  /** Whether `signal` ended the reading. */
  readonly interrupted: boolean;
}

export interface ValidateOptions {
  /** The revision whose behaviours are allowed; null to judge by the rules alone. */
  readonly revision: Revision | null;
  /** Only events of this namespace. */
  readonly namespace?: string;
  /** How many groups of breaches are kept with their history; the rest are only counted. */
  readonly breachesMax: number;
  /** Ends the reading; what was read until then is judged. */
  readonly signal?: AbortSignal;
  /** Told the number of lines so far, after each part that was read. */
  readonly onProgress?: (lines: number) => void;
}

/** A file that holds no event in so many lines is no log. */
const linesWithoutEventMax = 200_000;

/**
 * Judges a recorded log.
 *
 * @param paths files, folders, FIFOs, or `-` for standard input; several are one log, merged by the times of their events
 * @throws LogError where one cannot be read, and where no line is an event or all events lack their ids
 */
export async function validate(paths: readonly string[], options: ValidateOptions): Promise<Validation> {
  const files = filesOf(paths);
  if (files.length === 0)
    throw new LogError(
      `${paths.join(', ')} cannot be read (got an empty folder, allowed logs of events): name another`,
    );
  const breaches = new BreachGroups(options.breachesMax);
  const judge = options.revision ? new LogJudge(options.revision) : null;
  const monitor = new Monitor(judge, (breach) => breaches.take(breach));
  const reading = new Reading(options);
  const take = (event: ObservedEvent): void => monitor.take(event);
  const sources: Source[] = [];
  let inTurn: string | null = null;
  for (const file of files) {
    const firstUs = files.length > 1 ? await firstTime(file) : 0;
    if (firstUs === null) inTurn ??= file;
    sources.push({ firstUs: firstUs ?? 0, parts: () => reading.read(file, files.length > 1) });
  }
  if (inTurn === null) await mergeByTime(sources, take);
  else for (const source of sources) await mergeByTime([source], take);
  const interrupted = options.signal?.aborted === true;
  if (!interrupted) reading.refuseUnjudgeable(files);
  const { lines, others, unreadable, unread, refused, notReplayed, format } = reading;
  const { groups, counts, left } = breaches;
  const read = {
    interrupted,
    files,
    inTurn,
    format,
    lines,
    others,
    unreadable,
    unread,
    refused,
    notReplayed,
  };
  return { ...read, groups, counts, left, watched: monitor.finish() };
}

/** The time of a file's first event; null where it has none, or comes from a pipe, which can be read once. */
async function firstTime(file: string): Promise<number | null> {
  if (file === '-' || !statSync(file).isFile()) return null;
  const parser = new LineParser('');
  let first: number | null = null;
  let lines = 0;
  const take: TakeRecord = (text, line, from, to) => {
    lines++;
    if (first !== null || text === null) return;
    const parsed = parser.parse(text, line, from, to);
    if (typeof parsed === 'object' && !(parsed instanceof Unreadable)) first = parsed.timeUs;
  };
  await readRecords(file, take, () => first !== null || lines > 1_000);
  return first;
}

/** Reads files of any format. */
class Reading {
  lines = 0;
  others = 0;
  readonly unreadable: { count: number; first: UnreadableLine | null } = { count: 0, first: null };
  readonly unread: string[] = [];
  refused: string | null = null;
  notReplayed: string | null = null;
  format: 'events' | 'actions' = 'events';
  readonly #options: ValidateOptions;
  #events = 0;
  #nameless = 0;
  /** The first line that names a topic and no ids. */
  #withoutIds: string | null = null;
  #hasContent = false;

  constructor(options: ValidateOptions) {
    this.#options = options;
  }

  /** The events of a file, part by part. */
  async *read(file: string, isOneOfMany: boolean): AsyncGenerator<readonly ObservedEvent[]> {
    const prefix = isOneOfMany ? `${file}: ` : '';
    const parser = new LineParser(prefix);
    const { signal } = this.#options;
    let events: ObservedEvent[] = [];
    let isFirst = true;
    let isLastUnreadable = false;
    let recorder: RecordReader | null = null;
    let isEnded = false;
    const take: TakeRecord = (text, line, from, to) => {
      this.lines++;
      isLastUnreadable = false;
      if (isEnded || (text !== null && isBlank(text, from, to))) return;
      if (isFirst && text !== null && isRecorded(text.slice(from, to))) recorder = new RecordReader();
      isFirst = false;
      const at = (): string => `${prefix}line ${line}`;
      const before = this.unreadable.count;
      if (text === null) this.#takeUnreadable('', at(), 'an end within 1 MiB');
      else if (recorder) isEnded = !this.#takeRecorded(recorder, text.slice(from, to), at(), events);
      else this.#take(parser.parse(text, line, from, to), () => text.slice(from, to), at, events);
      isLastUnreadable = this.unreadable.count > before;
    };
    const isEnough = (): boolean => {
      this.#options.onProgress?.(this.lines);
      const hasNothing = this.#events === 0 && this.others === 0 && this.lines > linesWithoutEventMax;
      return isEnded || hasNothing || signal?.aborted === true;
    };
    if (signal?.aborted) return;
    const parts = readParts(file, take, signal);
    for (let next = await parts.next(); ; next = await parts.next()) {
      yield events;
      events = [];
      if (next.done) {
        const { isTorn, hasContent, left } = next.value;
        this.#hasContent ||= hasContent;
        if (left !== null) this.unread.push(left);
        if (isTorn && isLastUnreadable) this.unread.push(`${file} ends in the middle of a line`);
        return;
      }
      this.#hasContent ||= next.value;
      if (!isEnough()) continue;
      await parts.return(nothingLeft);
      return;
    }
  }

  /** @throws LogError where nothing of a log can be judged */
  refuseUnjudgeable(files: readonly string[]): void {
    const names = files.join(', ');
    if (this.#events > 0 && this.#events === this.#nameless)
      throw new LogError(
        `${names} cannot be judged: none of its events has a container_id, so nothing says whose they are; record what ctr events prints`,
      );
    if (this.#events === 0 && this.#withoutIds !== null)
      throw new LogError(
        `${names} cannot be judged: its lines name topics and no ids (${this.#withoutIds}), so nothing says whose events they are; record what ctr events prints`,
      );
    const { first } = this.unreadable;
    if (this.format === 'events' && this.#events === 0 && this.others === 0 && first !== null)
      throw new LogError(
        `${names} holds no events (got ${first.at}: ${first.text}, allowed what ctr events or nerdctl events print, containerd's journal, events as JSON, or a record of the reference shim; the line lacks ${first.lacks}): name another file`,
      );
    if (this.format === 'events' && this.lines === 0 && this.#hasContent)
      throw new LogError(
        `${names} holds no events (got neither a line nor an object, allowed a log): name another file`,
      );
  }

  #take(parsed: Parsed, text: () => string, at: () => string, events: ObservedEvent[]): void {
    if (parsed === 'other') this.others++;
    else if (parsed === 'no ids') this.#takeWithoutIds(text(), at());
    else if (parsed instanceof Unreadable) this.#takeUnreadable(text(), at(), parsed.lacks);
    else this.#takeEvent(parsed, events);
  }

  #takeEvent(event: ObservedEvent, events: ObservedEvent[]): void {
    if (event.lacks === 'container_id') this.#nameless++;
    if (event.topic === 'shim-disconnected') this.others++;
    else this.#events++;
    const { namespace } = this.#options;
    if (namespace === undefined || event.namespace === namespace) events.push(event);
  }

  #takeWithoutIds(text: string, at: string): void {
    this.#withoutIds ??= `${at}: ${printable(text.slice(0, 160))}`;
    this.others++;
  }

  /** @returns whether the record goes on */
  #takeRecorded(recorder: RecordReader, line: string, at: string, events: ObservedEvent[]): boolean {
    this.format = 'actions';
    const replayed: Replayed = recorder.take(line, at);
    if (Array.isArray(replayed)) {
      events.push(...replayed);
      return true;
    }
    if (replayed === 'refused') this.refused = `${at}: ${line}`;
    if (replayed === 'unreadable') this.#takeUnreadable(line, at, 'the end of its JSON, or is no action');
    if (replayed === 'unreadable')
      this.notReplayed = `${at} is no whole action: the record is not replayed from there on`;
    if (replayed === 'begun before')
      this.notReplayed = `${at} is about a container that was created before the record begins: the record is not replayed from there on`;
    return false;
  }

  #takeUnreadable(text: string, at: string, lacks: string): void {
    this.unreadable.count++;
    this.unreadable.first ??= { at, text: printable(text.slice(0, 120)), lacks };
  }
}

function isBlank(text: string, from: number, to: number): boolean {
  return from === to || (text.charCodeAt(from) <= 32 && text.slice(from, to).trim() === '');
}
