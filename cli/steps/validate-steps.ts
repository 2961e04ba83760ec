import { readFileSync } from 'node:fs';
import { addAbortSignal } from 'node:stream';
import { standardInput } from '../../conformance/log/read/inputs.ts';
import { type Judgement, judgeRecord, type Refusal } from '../../conformance/steps/judge.ts';
import { RecordError, readRecords, type StepRecord } from '../../conformance/steps/record.ts';
import { count } from '../../render/table.ts';
import type { Mirror, Revision } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import type { Output } from '../flags/output.ts';
import { interruption, isInterrupted, showStatus } from '../thread/session.ts';

interface StepsRequest {
  /** Files of a log, beside --steps: none is allowed. */
  readonly paths: readonly string[];
  readonly revision: Revision;
  readonly format: 'text' | 'json' | 'html';
  readonly output: Output;
}

/** The revisions whose steps a record can be taken through: the recorder is put into the code of these. */
const recorded = ['main'];
/** A text of more cannot be one string. */
const bytesMax = 2 ** 29 - 2 ** 24;
const statusEvery = 10_000;

/** `shim-spec validate --steps FILE`: takes a shim's own steps through a revision; `-` is standard input. @returns the exit code */
export async function validateSteps(path: string, request: StepsRequest): Promise<number> {
  requireUsable(request);
  const file = path === '-' ? 'standard input' : path;
  const text = path === '-' ? await readInput() : readFile(path);
  if (text === null) return interrupted(request, []);
  const records = readSteps(file, text, request.revision.slug);
  const judged: Judgement[] = [];
  for (const record of records) {
    const judgement = judgementOf(record, file);
    if (judgement === null) return interrupted(request, judged);
    judged.push(judgement);
    if (judgement.refusal !== null) break;
  }
  const { format, output } = request;
  output.write(format === 'json' ? jsonOf(request, records, judged) : textOf(request, records, judged));
  return judged.some(({ refusal }) => refusal !== null) ? exitCode.rejected : exitCode.holds;
}

function requireUsable({ paths, revision, format }: StepsRequest): void {
  if (paths.length > 0)
    throw new InputError(
      `--steps judges one file (got ${paths.join(', ')} beside it): judge a log of events without --steps`,
      exitCode.usage,
    );
  if (!recorded.includes(revision.slug))
    throw new InputError(
      `no steps are recorded of ${revision.slug} (got --revision ${revision.slug}, allowed ${recorded.join(', ')})`,
      exitCode.usage,
    );
  if (format === 'html')
    throw new InputError('--steps has no page (got --format html, allowed text or json)', exitCode.usage);
}

function readSteps(file: string, text: string, slug: string): StepRecord[] {
  try {
    return readRecords(text, slug);
  } catch (error) {
    if (error instanceof RecordError)
      throw new InputError(`${file}: ${error.message}`, exitCode.file, { cause: error });
    throw error;
  }
}

function readFile(file: string): string {
  try {
    const text = readFileSync(file);
    if (text.length > bytesMax) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
    return text.toString();
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Standard input to its end; null where the user stopped it. */
async function readInput(): Promise<string | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of addAbortSignal(interruption(), standardInput())) {
      pieces.push(piece as Buffer);
      bytes += (piece as Buffer).length;
      if (bytes > bytesMax) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
    }
  } catch (error) {
    if (isInterrupted()) return null;
    throw unreadable('standard input', error);
  }
  return Buffer.concat(pieces).toString();
}

function unreadable(file: string, error: unknown): InputError {
  return new InputError(
    `${file} cannot be read (got ${causeText(error)}, allowed a record of up to ${bytesMax} bytes): name one`,
    exitCode.file,
    { cause: error },
  );
}

/** Asked by the judge with every step, so that Ctrl-C ends it. */
class Interrupted extends Error {}

function judgementOf(record: StepRecord, file: string): Judgement | null {
  try {
    return judgeRecord(record, (steps) => {
      if (steps % statusEvery !== 0) return;
      if (isInterrupted()) throw new Interrupted();
      showStatus(`${file}: ${count(steps)} steps`);
    });
  } catch (error) {
    if (error instanceof Interrupted) return null;
    if (error instanceof RecordError)
      throw new InputError(`${file}: ${error.message}`, exitCode.file, { cause: error });
    throw error;
  }
}

function interrupted({ output }: StepsRequest, judged: readonly Judgement[]): number {
  output.write(`interrupted: ${count(stepsOf(judged))} steps of the shims before are steps of the model`);
  return exitCode.incomplete;
}

function stepsOf(judged: readonly Judgement[]): number {
  return judged.reduce((sum, { steps }) => sum + steps, 0);
}

function textOf(
  { revision, output }: StepsRequest,
  records: readonly StepRecord[],
  judged: readonly Judgement[],
): string {
  const { module = '', version = '' } = records[0]?.header ?? {};
  const refusal = judged.at(-1)?.refusal;
  const containers = judged.reduce((sum, each) => sum + each.containers, 0);
  const accepted = `${count(stepsOf(judged))} steps of ${judged.length === 1 ? 'a shim' : `${judged.length} shims`} with ${count(containers)} containers`;
  const { colors: c } = output;
  if (!refusal)
    return `${c.green('accepted')}: ${accepted} (${module}@${version}) are steps of ${revision.slug}`;
  return [
    `${c.red('rejected')} at line ${refusal.at}, after ${accepted} (${module}@${version})`,
    '',
    ...refusal.before.map((line) => `    ${c.dim(JSON.stringify(line))}`),
    `  ${c.red('✗')} ${JSON.stringify(refusal.line)}`,
    '',
    `  ${whoOf(refusal)}: ${refusal.because}`,
    ...(refusal.place === null ? [] : [`  there the model is at: ${refusal.place}`]),
    ...allowedText(refusal.allowed),
  ].join('\n');
}

function whoOf({ thread, line }: Refusal): string {
  if (thread === null) return line.g === undefined ? 'the shim' : `goroutine ${line.g}`;
  return thread.replace(/ #\d+$/, '');
}

function allowedText(allowed: readonly Mirror[]): string[] {
  if (allowed.length === 0) return ['  the model allows it no step here'];
  return [
    '  the model would have allowed:',
    ...allowed.map(({ text, source }) => `    ${text}${source ? `  ${source}` : ''}`),
  ];
}

function jsonOf(
  { revision }: StepsRequest,
  records: readonly StepRecord[],
  judged: readonly Judgement[],
): string {
  const kinds = new Map<string, number>();
  for (const each of judged) for (const [kind, n] of each.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + n);
  return JSON.stringify(
    {
      revision: revision.slug,
      header: records[0]?.header,
      steps: stepsOf(judged),
      shims: judged.length,
      containers: judged.reduce((sum, each) => sum + each.containers, 0),
      statesMax: Math.max(...judged.map(({ statesMax }) => statesMax)),
      kinds: Object.fromEntries([...kinds].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      refusal: judged.at(-1)?.refusal ?? null,
    },
    null,
    2,
  );
}
