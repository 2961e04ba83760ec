import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Revision } from '../spec/index.ts';
import { LogJudge } from './log-judge.ts';
import { type LogBreach, Monitor, type Watched } from './monitor.ts';
import { isRecorded, LogFormatError, parseLine, RecordReader } from './parse-log.ts';

/** What was found out about a log. */
export interface Validation {
  readonly format: 'events' | 'actions';
  readonly lines: number;
  readonly breaches: readonly LogBreach[];
  /** How often each rule was broken, the breaches that are not kept included. */
  readonly counts: ReadonlyMap<string, number>;
  readonly watched: Watched;
  /** Lines of other topics. */
  readonly others: number;
  /** Lines that are no event; the first few. */
  readonly unreadable: readonly string[];
  readonly unreadableCount: number;
  /** The recorded action that the reducer does not allow; null where it allows all. */
  readonly refused: string | null;
}

export interface ValidateOptions {
  /** The revision whose behaviours are allowed; null to judge by the rules alone. */
  readonly revision: Revision | null;
  /** Only events of this namespace. */
  readonly namespace?: string;
  /** Breaches that are kept with their history; the rest are counted. */
  readonly breachesMax: number;
}

const unreadableMax = 5;

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
  const reading = { lines: 0, others: 0, unreadable: [] as string[], unreadableCount: 0, events: 0 };
  let recorder: RecordReader | null = null;
  let refused: string | null = null;
  const input = file === '-' ? process.stdin : createReadStream(file);
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    reading.lines++;
    if (line.trim() === '') continue;
    const at = `line ${reading.lines}`;
    if (reading.lines === 1 && isRecorded(line)) recorder = new RecordReader();
    if (recorder) {
      const events = recorder.take(line, at);
      if (events === null) {
        refused = `${at}: ${line}`;
        break;
      }
      for (const event of events) monitor.take(event);
      reading.events += events.length;
      continue;
    }
    const parsed = parseLine(line, at);
    if (parsed === 'other') reading.others++;
    else if (parsed === 'unreadable') {
      reading.unreadableCount++;
      if (reading.unreadable.length < unreadableMax) reading.unreadable.push(`${at}: ${line.slice(0, 120)}`);
    } else if (options.namespace === undefined || parsed.namespace === options.namespace) {
      monitor.take(parsed);
      reading.events++;
    }
  }
  if (!recorder && reading.lines > 0 && reading.unreadableCount === reading.lines) {
    throw new LogFormatError(
      `${file} holds no events (got ${reading.unreadable[0]}, allowed lines of 'ctr events', printed or as JSON, or of the reference shim's recorder): name another file`,
    );
  }
  const { events: _, ...counted } = reading;
  return {
    format: recorder ? 'actions' : 'events',
    ...counted,
    breaches,
    counts,
    watched: monitor.finish(),
    refused,
  };
}
