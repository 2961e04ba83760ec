import { createReadStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { addAbortSignal, type Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { isatty, ReadStream } from 'node:tty';
import { LogFormatError } from './parse-log.ts';

/** A line of an event takes less than this; what is longer is no log. */
const lineMaxChars = 1 << 20;
const pieceBytes = 1 << 16;

/**
 * The lines of a file, some at a time: as many as were read at once. Ends early where `signal` is aborted.
 *
 * @param file a path, or `-` for standard input
 * @throws LogFormatError for a line without an end; the error of the operating system where the file cannot be read
 */
export async function* linesOf(file: string, signal?: AbortSignal): AsyncGenerator<string[]> {
  const input = file === '-' ? standardInput() : createReadStream(file, { highWaterMark: pieceBytes });
  if (signal) addAbortSignal(signal, input);
  const decoder = new StringDecoder();
  let rest = '';
  try {
    for await (const piece of input) {
      const lines = (rest + decoder.write(piece as Buffer)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > lineMaxChars) throw endless(file, rest);
      yield lines.map(withoutReturn);
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
  rest += decoder.end();
  if (rest !== '') yield [withoutReturn(rest)];
}

/** A read of a file that has begun cannot be given up; one of a terminal or a pipe may wait for ever. */
function standardInput(): Readable {
  const isPipe = fstatSync(0).isFIFO() || fstatSync(0).isSocket();
  if (isatty(0)) return new ReadStream(0);
  if (isPipe) return new Socket({ fd: 0, readable: true, writable: false });
  return createReadStream('', { highWaterMark: pieceBytes, fd: 0 });
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function endless(file: string, line: string): LogFormatError {
  const begin = JSON.stringify(line.slice(0, 20));
  return new LogFormatError(
    `${file} holds no events (got a line of more than ${lineMaxChars} characters that begins with ${begin}, allowed what 'ctr events' prints, events as JSON lines, or a record of the reference shim): name another file`,
  );
}
