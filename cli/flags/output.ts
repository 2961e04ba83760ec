import {
  accessSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import picocolors from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import { isTerminal, printResult } from '../thread/session.ts';

/** Where a command's result goes. */
export interface Output {
  readonly colors: Colors;
  /** Whether it goes to a file. */
  readonly isFile: boolean;
  readonly write: (text: string) => void;
}

/** Declares `--output`. */
export function addOutput(command: Command): Command {
  return command.addOption(
    new Option('--output <file>', 'write the result to this file')
      .argParser(outputTo)
      .default(standardOutput(), 'standard output'),
  );
}

/** Declares `--format`. */
export function addFormat(command: Command, formats: readonly string[]): Command {
  return command.addOption(
    new Option('--format <format>', 'how to print the result').choices(formats).default('text'),
  );
}

function standardOutput(): Output {
  // picocolors asks the stream, which is no terminal in a thread.
  const isColored = isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  return {
    colors: picocolors.createColors(isColored),
    isFile: false,
    write: (text) => printResult(`${text}\n`),
  };
}

/** A file, which stays as it is until the result is whole. @throws InputError where it cannot be written */
function outputTo(file: string): Output {
  const writeWhole = attempt(file, () => writerOf(file));
  return {
    colors: picocolors.createColors(false),
    isFile: true,
    write: (text) => attempt(file, () => writeWhole(`${text}\n`)),
  };
}

/** Writes beside the file, and then puts the result in its place; where that cannot be, as of a device, into the file. */
function writerOf(file: string): (text: string) => void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
  const target = found?.isFile() ? realpathSync(file) : linked(file);
  const part = `${target}.${process.pid}.part`;
  try {
    if (found && !found.isFile()) throw new Error('a device or a pipe');
    closeSync(openSync(part, 'w'));
    rmSync(part);
  } catch (error) {
    if (!found) throw error;
    accessSync(file, constants.W_OK);
    return (text) => writeFileSync(file, text);
  }
  return (text) => {
    try {
      writeFileSync(part, text, found ? { mode: found.mode } : {});
      renameSync(part, target);
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    }
  };
}

/** Where a link leads whose file is not there yet: that is made, as by a shell, and the link stays. */
function linked(file: string): string {
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink();
  return isLink ? resolve(dirname(file), readlinkSync(file)) : file;
}

function attempt<T>(file: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new InputError(
      `--output ${file} cannot be written (got ${causeText(cause)}, allowed a file in a folder that exists and that you may write to): name another`,
      exitCode.file,
      { cause },
    );
  }
}
