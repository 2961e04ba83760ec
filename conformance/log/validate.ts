import type { Revision } from '../../spec/index.ts';
import { linesOf } from './lines.ts';
import { LogJudge } from './log-judge.ts';
import { type LogBreach, Monitor, type Watched } from './monitor.ts';
import {
  isRecorded,
  LogFormatError,
  parseLine,
  printable,
  RecordReader,
  type Replayed,
} from './parse-log.ts';

/** What came of judging a log. */
export interface Validation {
  readonly format: 'events' | 'actions';
  readonly lines: number;
  readonly breaches: readonly LogBreach[];
  /** How often each rule was broken, breaches beyond `breachesMax` included. */
  readonly counts: ReadonlyMap<string, number>;
  readonly watched: Watched;
  /** How many lines have other topics. */
  readonly others: number;
  /** The first few lines that are no event. */
  readonly unreadable: readonly string[];
  readonly unreadableCount: number;
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
  /** How many breaches are kept with their history; the rest are only counted. */
  readonly breachesMax: number;
  /** Ends the reading; what was read until then is judged. */
  readonly signal?: AbortSignal;
  /** Told the number of lines so far, after each piece that was read. */
  readonly onProgress?: (lines: number) => void;
}

const unreadableMax = 5;
/** A file that holds no event in so many lines is no log; a device may have no end. */
const linesWithoutEventMax = 200_000;

/**
 * Judges a recorded log, line by line.
 *
 * @param file a path, or `-` for standard input
 * @throws LogFormatError where no line is an event; the error of the file system where the file cannot be read
 */
export async function validate(file: string, options: ValidateOptions): Promise<Validation> {
  const breaches: LogBreach[] = [];
  const counts = new Map<string, number>();
  const monitor = new Monitor(options.revision ? new LogJudge(options.revision) : null, (breach) => {
    counts.set(breach.rule.name, (counts.get(breach.rule.name) ?? 0) + 1);
    if (breaches.length < options.breachesMax) breaches.push(breach);
  });
  const reading = new Reading(monitor, options.namespace);
  for await (const lines of linesOf(file, options.signal)) {
    if (options.signal?.aborted || !lines.every((line) => reading.take(line))) break;
    if (reading.hasNothing && reading.lines > linesWithoutEventMax) break;
    options.onProgress?.(reading.lines);
  }
  const interrupted = options.signal?.aborted === true;
  const { lines, others, unreadable, unreadableCount, refused, notReplayed, format } = reading;
  if (reading.hasNothing && !interrupted) {
    throw new LogFormatError(
      `${file} holds no events (got ${unreadable[0]}, allowed what 'ctr events' prints, events as JSON lines, or a record of the reference shim): name another file`,
    );
  }
  const read = { interrupted, lines, others, unreadable, unreadableCount, refused, notReplayed, format };
  return { ...read, breaches, counts, watched: monitor.finish() };
}

/** Reads lines, of the format that the first line has, and gives the monitor their events. */
class Reading {
  lines = 0;
  others = 0;
  readonly unreadable: string[] = [];
  unreadableCount = 0;
  refused: string | null = null;
  notReplayed: string | null = null;
  readonly #monitor: Monitor;
  readonly #namespace: string | undefined;
  #blank = 0;
  #recorder: RecordReader | null = null;

  constructor(monitor: Monitor, namespace: string | undefined) {
    this.#monitor = monitor;
    this.#namespace = namespace;
  }

  get format(): 'events' | 'actions' {
    return this.#recorder ? 'actions' : 'events';
  }

  /** Whether no line is an event, of whatever topic. */
  get hasNothing(): boolean {
    return !this.#recorder && this.unreadableCount > 0 && this.unreadableCount + this.#blank === this.lines;
  }

  /** @returns whether to go on with the next line */
  take(line: string): boolean {
    this.lines++;
    if (line.trim() === '') {
      this.#blank++;
      return true;
    }
    const at = `line ${this.lines}`;
    if (this.lines - this.#blank === 1 && isRecorded(line)) this.#recorder = new RecordReader();
    if (this.#recorder) return this.#takeRecorded(this.#recorder.take(line, at), line, at);
    const parsed = parseLine(line, at);
    if (parsed === 'other') this.others++;
    else if (parsed === 'unreadable') this.#takeUnreadable(line, at);
    else if (this.#namespace === undefined || parsed.namespace === this.#namespace)
      this.#monitor.take(parsed);
    return true;
  }

  #takeRecorded(replayed: Replayed, line: string, at: string): boolean {
    if (Array.isArray(replayed)) {
      for (const event of replayed) this.#monitor.take(event);
      return true;
    }
    if (replayed === 'refused') this.refused = `${at}: ${line}`;
    if (replayed === 'unreadable') this.#takeUnreadable(line, at);
    if (replayed === 'unreadable')
      this.notReplayed = `${at} is no whole action: the record is not replayed from there on`;
    if (replayed === 'begun before')
      this.notReplayed = `${at} is about a container that was created before the record begins: the record is not replayed from there on`;
    return false;
  }

  #takeUnreadable(line: string, at: string): void {
    this.unreadableCount++;
    if (this.unreadable.length < unreadableMax)
      this.unreadable.push(`${at}: ${printable(line.slice(0, 120))}`);
  }
}
