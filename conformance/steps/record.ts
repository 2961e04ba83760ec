import type { ProcessId } from '../../spec/index.ts';

/** What the first line of a record says: what recorded it, and the revision that its code is. */
export interface RecordHeader {
  readonly record: 'shim steps 1';
  readonly module: string;
  readonly version: string;
  readonly revision: string;
}

/** What changed in the tables of a lock since they were last recorded: table → key → row; null for a row that is gone. */
export type Changes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A step of a recorded shim. Names are short: there are millions. */
export interface StepLine {
  /** Its number, from 0: their order is the order of the steps. */
  readonly n: number;
  /** The goroutine that took it. */
  readonly g: number;
  /** What it is: a call or its return, a section's end, a send, a wait4. */
  readonly k: string;
  /** Of a call: its method. Of a process object: the method of it. */
  readonly m?: string;
  /** Container. */
  readonly c?: string;
  /** Exec; absent for the init. */
  readonly e?: string;
  readonly pid?: number;
  readonly ok?: boolean;
  readonly topic?: string;
  /** The Go function that a section stands in. */
  readonly f?: string;
  /** Of a section. */
  readonly changed?: Changes;
  readonly count?: number;
  /** Of a count that is sent: whether the channel had no room. */
  readonly full?: boolean;
  /** Of a Create: whether the pid namespace is shared. */
  readonly shared?: boolean;
  readonly signal?: number;
  readonly all?: boolean;
  /** Of the last line, which the driver writes: how the shim ended. */
  readonly how?: 'ended' | 'died' | 'stuck';
}

/** One shim's record. */
export interface StepRecord {
  readonly header: RecordHeader;
  readonly lines: readonly StepLine[];
  /** The line of the file that the header is, from 1. */
  readonly at: number;
}

/** A file is no record of steps, or no whole one. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

const format = 'shim steps 1';
const shownMax = 80;

/**
 * Reads the records of one file: each begins with its header, and ends with how the shim ended.
 *
 * @param revision whose record it must be
 * @throws RecordError with the line, and what to do
 */
export function readRecords(text: string, revision: string): StepRecord[] {
  const records: { header: RecordHeader; lines: StepLine[]; at: number }[] = [];
  let last: { header: RecordHeader; lines: StepLine[]; at: number } | undefined;
  eachLine(text, (line, number) => {
    const parsed = parseLine(line, number);
    if ('record' in parsed) {
      if (last) requireEnd(last.lines, number - 1);
      last = { header: headerOf(parsed, revision), lines: [], at: number };
      records.push(last);
      return;
    }
    if (!last) throw new RecordError(notARecord(line));
    const step = parsed as unknown as StepLine;
    if (last.lines.at(-1)?.k === 'over' || (step.k !== 'over' && step.n !== last.lines.length))
      throw new RecordError(
        `line ${number} does not follow the one before it (got step ${step.n}, allowed ${last.lines.length}): a record is whole, in its own order; record again`,
      );
    last.lines.push(step);
  });
  if (!last) throw new RecordError(notARecord(text));
  requireEnd(last.lines, last.at + last.lines.length);
  return records;
}

function eachLine(text: string, take: (line: string, number: number) => void): void {
  let number = 0;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    number++;
    if (end < 0) throw new RecordError(unended(number, text.slice(from)));
    take(text.slice(from, end), number);
    from = end + 1;
  }
}

function parseLine(line: string, number: number): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new RecordError(number === 1 ? notARecord(line) : torn(number, line));
  }
  const isStep = typeof parsed === 'object' && parsed !== null && ('record' in parsed || 'k' in parsed);
  if (!isStep) throw new RecordError(number === 1 ? notARecord(line) : torn(number, line));
  return parsed as Record<string, unknown>;
}

function headerOf(header: Record<string, unknown>, revision: string): RecordHeader {
  const { record, module = '?', version = '?', revision: own } = header;
  if (record !== format)
    throw new RecordError(
      `the record has another format (got ${printable(JSON.stringify(record))}, allowed "${format}"): record again with this version`,
    );
  if (own !== revision)
    throw new RecordError(
      `the record is of another revision (got ${printable(`${own}, of ${module}@${version}`)}; allowed ${revision}): name it with --revision ${printable(String(own))}`,
    );
  return header as unknown as RecordHeader;
}

function requireEnd(lines: readonly StepLine[], number: number): void {
  if (lines.at(-1)?.k === 'over') return;
  throw new RecordError(
    `the record ends at line ${number} without its last line (allowed {"k":"over","how":…}): whoever recorded it was interrupted; record again`,
  );
}

/** A file that ends within a line may be the begin of a record, or something else. */
function unended(number: number, line: string): string {
  const begin = `{"record":"${format}"`;
  const isForeign = number === 1 && !line.startsWith(begin.slice(0, line.length));
  return isForeign ? notARecord(line) : torn(number, line);
}

function notARecord(text: string): string {
  return `this is no record of steps (got ${shown(text)}, allowed a first line {"record":"${format}",…}): record a shim with npm run steps in a clone of shim-spec, as guide 9 says, or try docs/guides/small.steps`;
}

function torn(number: number, line: string): string {
  return `line ${number} is torn (got ${shown(line)}, allowed a whole step): record again`;
}

function shown(text: string): string {
  const line = text.split('\n')[0] ?? '';
  if (line === '') return 'nothing';
  const quoted = printable(JSON.stringify(line.slice(0, shownMax)));
  return line.length > shownMax ? `${quoted}…` : quoted;
}

/** Escapes what a terminal may obey, or cannot show. */
function printable(text: string): string {
  return text.replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The process that a line names: `c1`, `c1/e2`. */
export function processOf({ c = '', e = '' }: StepLine): ProcessId {
  return e === '' ? c : `${c}/${e}`;
}

/** How what a line begins has ended: of `runc create`, and of what process objects do under their lock. */
export function endings(lines: readonly StepLine[]): Map<StepLine, StepLine> {
  const ends = new Map<StepLine, StepLine>();
  const begun = new Map<number, StepLine>();
  for (const line of lines) {
    // runc create begins with the first section of Create.
    const isCreate = line.k === 'lifecycleMu' && begun.get(line.g)?.m === 'create';
    if (line.k === 'begin' || isCreate || (line.k === 'call' && line.m === 'create')) begun.set(line.g, line);
    const begin = line.k === 'end' || line.k === 'create' ? begun.get(line.g) : undefined;
    if (!begin) continue;
    ends.set(begin, line);
    begun.delete(line.g);
  }
  return ends;
}
