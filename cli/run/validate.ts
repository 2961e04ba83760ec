import { LogError, UnreadFileError } from '../../conformance/log/read/inputs.ts';
import { type ValidateOptions, type Validation, validate } from '../../conformance/log/validate.ts';
import { count } from '../../render/table.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import type { Output } from '../flags/output.ts';
import { validationJson } from '../formats/validate-json.ts';
import { validationPage } from '../formats/validate-page.ts';
import { validationText } from '../formats/validate-text.ts';
import { interruption, showStatus } from '../thread/session.ts';

interface ValidateRequest extends ValidateOptions {
  readonly format: 'text' | 'json' | 'html';
  readonly output: Output;
}

/** `shim-spec validate PATH…`: judges a recorded log. @returns the exit code */
export async function validateLog(paths: readonly string[], request: ValidateRequest): Promise<number> {
  const validation = await validated(paths, request);
  request.output.write(validationReport(request, validation));
  return exitCodeOfValidation(validation);
}

function validationReport({ format, revision, output }: ValidateRequest, validation: Validation): string {
  if (format === 'json') return validationJson(validation, revision);
  if (format === 'html') return validationPage(validation, revision);
  return validationText(validation, revision, output.colors);
}

async function validated(paths: readonly string[], options: ValidateOptions): Promise<Validation> {
  try {
    return await validate(paths, {
      ...options,
      signal: interruption(),
      onProgress: (lines) => showStatus(`${paths.join(', ')}: ${count(lines)} lines`),
    });
  } catch (error) {
    if (error instanceof UnreadFileError) throw unusable(error);
    if (error instanceof LogError) throw new InputError(error.message, exitCode.file, { cause: error });
    throw error;
  }
}

function unusable(error: UnreadFileError): InputError {
  return new InputError(
    `${error.file} cannot be read (got ${causeText(error.cause)}, allowed a file of events): name one, or - for standard input`,
    exitCode.file,
    { cause: error },
  );
}

function exitCodeOfValidation(validation: Validation): number {
  const { counts, refused, notReplayed, watched, unreadable, unread, interrupted } = validation;
  if (counts.size > 0 || refused !== null) return exitCode.rejected;
  const isWhole =
    watched.events > 0 &&
    watched.forgotten === 0 &&
    watched.partial === 0 &&
    unreadable.count === 0 &&
    unread.length === 0 &&
    !interrupted &&
    notReplayed === null;
  return isWhole ? exitCode.holds : exitCode.unjudged;
}
