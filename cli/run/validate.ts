import { closeSync, openSync, statSync } from 'node:fs';
import type { Letter } from '../../conformance/log/automaton.ts';
import type { Diagnosis } from '../../conformance/log/log-judge.ts';
import type { LogBreach } from '../../conformance/log/monitor.ts';
import { type ObservedEvent, observedText } from '../../conformance/log/observed.ts';
import { LogFormatError } from '../../conformance/log/parse-log.ts';
import { type Validation, validate } from '../../conformance/log/validate.ts';
import { count } from '../../render/table.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import type { Output } from '../flags/output.ts';
import { validationPage } from '../formats/validate-page.ts';
import { interruption, showStatus } from '../thread/session.ts';

interface ValidateRequest extends Readonly<Parameters<typeof validate>[1]> {
  readonly format: 'text' | 'json' | 'html';
  readonly output: Output;
}

/** `shim-spec validate FILE`: judges a recorded log. @returns the exit code */
export async function validateLog(file: string, request: ValidateRequest): Promise<number> {
  if (file !== '-') checkReadable(file);
  const validation = await validated(file, request);
  request.output.write(validationReport(file, request, validation));
  return exitCodeOfValidation(validation);
}

function validationReport(file: string, request: ValidateRequest, validation: Validation): string {
  if (request.format === 'json') return validationJson(file, request, validation);
  if (request.format === 'text') return validationText(file, request, validation);
  const diagnosisOf = ({ diagnosis }: LogBreach): string[] => (diagnosis ? diagnosisLines(diagnosis) : []);
  return validationPage(file, validation, unjudged(validation), diagnosisOf);
}

async function validated(file: string, options: Parameters<typeof validate>[1]): Promise<Validation> {
  try {
    return await validate(file, {
      ...options,
      signal: interruption(),
      onProgress: (lines) => showStatus(`${file}: ${count(lines)} lines`),
    });
  } catch (error) {
    if (error instanceof LogFormatError) throw new InputError(error.message, exitCode.file, { cause: error });
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw unusable(file, error);
  }
}

function exitCodeOfValidation({
  counts,
  refused,
  notReplayed,
  watched,
  unreadableCount,
  interrupted,
}: Validation): number {
  if (counts.size > 0 || refused !== null) return exitCode.rejected;
  const isWhole =
    watched.events > 0 && unreadableCount === 0 && watched.forgotten === 0 && notReplayed === null;
  return isWhole && !interrupted ? exitCode.holds : exitCode.unjudged;
}

function checkReadable(file: string): void {
  try {
    if (statSync(file).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    closeSync(openSync(file, 'r'));
  } catch (cause) {
    throw unusable(file, cause);
  }
}

function unusable(file: string, cause: unknown): InputError {
  return new InputError(
    `${file} cannot be read (got ${causeText(cause)}, allowed a file of events): name one, or - for standard input`,
    exitCode.file,
    { cause },
  );
}

function validationJson(file: string, { revision }: ValidateRequest, validation: Validation): string {
  const { counts, ...rest } = validation;
  const breaches = rest.breaches.map(({ diagnosis, ...breach }) => ({
    ...breach,
    diagnosis: diagnosis && { ...diagnosis, nearest: diagnosis.nearest() },
  }));
  const found = { ...rest, breaches, counts: Object.fromEntries(counts) };
  return JSON.stringify({ file, specification: revision?.slug ?? 'none', ...found }, null, 2);
}

function validationText(file: string, { revision, output }: ValidateRequest, validation: Validation): string {
  const c = output.colors;
  const { watched, counts, breaches, refused } = validation;
  const total = [...counts.values()].reduce((sum, n) => sum + n, 0);
  const of =
    revision === null
      ? 'the rules'
      : `the rules and by the logs of ${revision.slug} (each exec with its init)`;
  const verdict =
    total === 0 && refused === null
      ? c.green('no rule is broken')
      : c.red(`${count(total)} ${total === 1 ? 'breach' : 'breaches'}`);
  return [
    `${file}: ${many(watched.events, 'event')} of ${many(watched.containers, 'container')}, judged by ${of}`,
    '',
    ...[...counts].map(([rule, n]) => `  ${c.red('✗')} ${rule}: ${count(n)}`),
    ...(refused === null ? [] : [`  ${c.red('✗')} the reducer does not allow ${refused}`]),
    ...breaches.flatMap((each) => ['', ...breachLines(each, output)]),
    ...(total > breaches.length
      ? [
          '',
          `  ${many(total - breaches.length, 'more breach', 'more breaches')}; print them with --breaches ${total}`,
        ]
      : []),
    ...(total > 0 || refused !== null ? [''] : []),
    verdict,
    ...origin(revision, validation),
    ...unjudged(validation).map((line) => c.yellow(`not judged: ${line}`)),
  ].join('\n');
}

/** Whether the log can come from the revision. That is another question than whether the log breaks a rule. */
function origin(revision: ValidateRequest['revision'], { format, watched }: Validation): string[] {
  const { impossible, containers, events } = watched;
  if (revision === null || format === 'actions' || events === 0) return [];
  if (impossible === 0) return [`${revision.slug} can publish this log`];
  const which =
    containers === 1 ? 'this log' : `the log of ${count(impossible)} of ${count(containers)} containers`;
  return [`${revision.slug} cannot publish ${which}`];
}

/** What a log that is not whole leaves open. */
function unjudged({
  watched,
  lines,
  others,
  unreadable,
  unreadableCount,
  notReplayed,
  ...rest
}: Validation): string[] {
  const { begunBefore, unfinished, forgotten, events } = watched;
  return [
    ...(rest.interrupted ? [`what follows line ${lines}: stopped by Ctrl-C or SIGTERM`] : []),
    ...(events === 0 ? ['the log has no event of a task'] : []),
    ...(notReplayed === null ? [] : [notReplayed]),
    ...(begunBefore > 0
      ? [
          `${many(begunBefore, 'container')} ${begunBefore === 1 ? 'was' : 'were'} created before the log begins: what came before is assumed to be right`,
        ]
      : []),
    ...(unfinished > 0
      ? [`${many(unfinished, 'process', 'processes')} had not exited when the log ended`]
      : []),
    ...(others > 0 ? [`${many(others, 'event')} of other topics`] : []),
    ...(forgotten > 0
      ? [`${count(forgotten)} containers were forgotten, because too many were there at once`]
      : []),
    ...(unreadableCount > 0 ? [`${many(unreadableCount, 'unparsable line')}: ${unreadable.join('; ')}`] : []),
  ];
}

function breachLines(
  { rule, namespace, container, exec, event, history, diagnosis }: LogBreach,
  output: Output,
): string[] {
  const c = output.colors;
  const process = exec === '' ? container : `${container}/${exec}`;
  const where = namespace === '' ? process : `${namespace} ${process}`;
  return [
    `  ${c.red(`✗ ${rule.name}`)} (${rule.level}), ${where}, ${event.at}`,
    `    ${rule.sentence}`,
    `    ${c.dim(rule.source)}`,
    ...around(history, event).map(
      (each) => `    ${each === event ? c.red('▶') : '│'} ${observedText(each)}  ${c.dim(each.at)}`,
    ),
    ...(diagnosis ? diagnosisLines(diagnosis) : []),
  ];
}

/** The events of a container next to one of them. */
function around(history: readonly ObservedEvent[], event: ObservedEvent): readonly ObservedEvent[] {
  const at = history.indexOf(event);
  return history.slice(Math.max(0, at - 8), at + 5);
}

/** Why no behaviour has the log: what might have come instead, and the nearest log of a behaviour. */
function diagnosisLines({ revision, allowed, nearest: find }: Diagnosis): string[] {
  const nearest = find();
  const instead = allowed.map(letterText).join(', ') || 'nothing';
  const signs = { kept: '', added: '+', dropped: '−', moved: '↷' } as const;
  const log = nearest?.map(({ kind, letter }) => `${signs[kind]}${letterText(letter)}`).join(', ');
  return [
    `    ${revision} allows here: ${instead}`,
    `    nearest log that it allows: ${log ?? 'none is near'}${nearest ? '  (+ added, − dropped, ↷ moved to a later place)' : ''}`,
  ];
}

function many(n: number, one: string, more = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : more}`;
}

function letterText(letter: Letter): string {
  return letter === 'exec-exit' ? "the exec's exit" : letter === 'exit' ? "the init's exit" : letter;
}
