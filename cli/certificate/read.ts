/** Reads a certificate: lines of JSON, zipped. The first is its {@link Header}; the others are its states, or the nodes of a diagram. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CertificateError } from './verifier.ts';

/** A file that is no certificate, or not a whole one. */
export class UnreadableError extends CertificateError {}

const lineMax = 1 << 24;

/**
 * The lines of a certificate, read as they are asked for.
 *
 * @throws UnreadableError for a file that is torn or damaged; Error of the operating system
 */
export async function* valuesOf(file: string): AsyncGenerator<unknown> {
  for await (const line of linesOf(file)) yield parsed(line);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new UnreadableError(`it has a line that is no JSON (got ${line.slice(0, 60)})`, { cause });
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  try {
    const text = pipeline(createReadStream(file), createGunzip(), () => {}).setEncoding('utf8');
    for await (const piece of text as AsyncIterable<string>) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() as string;
      if (rest.length > lineMax) throw new UnreadableError(`it has a line of more than ${lineMax} bytes`);
      yield* lines;
    }
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (code.startsWith('Z_')) throw new UnreadableError(damage(code), { cause });
    throw cause;
  }
  if (rest !== '') throw new UnreadableError('it is torn: its last line has no end');
}

function damage(code: string): string {
  return code === 'Z_BUF_ERROR' ? 'it is torn: it ends too early' : 'it is damaged, or no certificate';
}
