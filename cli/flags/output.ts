import { writeFileSync } from 'node:fs';
import picocolors from 'picocolors';
import type { Colors } from 'picocolors/types.js';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';

/** Where a command's result goes. */
export interface Output {
  readonly colors: Colors;
  readonly write: (text: string) => void;
}

/** Standard output, or the file that `--output` names, without colours. */
export function outputTo(file: string | undefined): Output {
  if (file === undefined) {
    return {
      colors: picocolors.createColors(process.stdout.isTTY === true && picocolors.isColorSupported),
      write: (text) => void process.stdout.write(`${text}\n`),
    };
  }
  return { colors: picocolors.createColors(false), write: (text) => writeText(file, `${text}\n`) };
}

function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new InputError(
      `--output ${file} cannot be written (${(cause as NodeJS.ErrnoException).code}): name a file in a folder that exists and that you may write to`,
      exitCode.file,
      { cause },
    );
  }
}
