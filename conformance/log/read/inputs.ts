import { createReadStream, fstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { addAbortSignal, type Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { isatty, ReadStream } from 'node:tty';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';
import { AnySplitter, type TakeRecord } from './splitters.ts';

/** A log cannot be read, or holds nothing that can be judged. */
export class LogError extends Error {
  override readonly name: string = 'LogError';
}

/** The operating system does not give a file. Its error is the cause. */
export class UnreadFileError extends LogError {
  override readonly name = 'UnreadFileError';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    super(`${file} cannot be read (${(cause as NodeJS.ErrnoException).code}): name another file`, { cause });
    this.file = file;
  }
}

/** What became of reading a file beside its lines. */
export interface Ending {
  /** Whether it ended in the middle of a line. */
  readonly isTorn: boolean;
  /** Whether it has anything but white space. */
  readonly hasContent: boolean;
  /** What was left unread, in words; null where nothing was. */
  readonly left: string | null;
}

const gzip = [0x1f, 0x8b];
const zstandard = [0x28, 0xb5, 0x2f, 0xfd];

/**
 * The files that arguments name: a folder stands for all that is below it, in the order of their names.
 *
 * @throws LogError for one that cannot be read
 */
export function filesOf(paths: readonly string[]): string[] {
  return paths.flatMap((path) => (path !== '-' && statOf(path).isDirectory() ? filesBelow(path) : [path]));
}

function filesBelow(folder: string): string[] {
  const entries = attempt(folder, () => readdirSync(folder, { withFileTypes: true }));
  const files = entries
    .filter(({ name }) => !name.startsWith('.'))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path);
      return entry.isFile() || (entry.isSymbolicLink() && statOf(path).isFile()) ? [path] : [];
    });
  return files;
}

function statOf(path: string): Stats {
  return attempt(path, () => statSync(path));
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new UnreadFileError(path, cause);
  }
}

/**
 * Reads a file, plain or compressed, as far as it went when the reading began.
 *
 * @param path a file, a FIFO, or `-` for standard input
 * @param isEnough asked after each part: whether to leave the rest
 * @param signal ends a wait for the next part
 * @throws LogError where it cannot be read
 */
export async function readRecords(
  path: string,
  take: TakeRecord,
  isEnough: () => boolean = () => false,
  signal?: AbortSignal,
): Promise<Ending> {
  const parts = readParts(path, take, signal);
  for (;;) {
    const next = await parts.next();
    if (next.done) return next.value;
    if (isEnough()) {
      await parts.return(nothingLeft);
      return { ...nothingLeft, hasContent: next.value };
    }
  }
}

/** Of a file that was read as far as somebody wanted. */
export const nothingLeft: Ending = { isTorn: false, hasContent: true, left: null };

/**
 * The same, part by part, for whoever reads several files side by side. It yields after the records of each part were
 * taken: whether there was anything but white space so far.
 */
export async function* readParts(
  path: string,
  take: TakeRecord,
  signal?: AbortSignal,
): AsyncGenerator<boolean, Ending> {
  const splitter = new AnySplitter(take);
  const decoder = new StringDecoder('utf8');
  const { input, sizeAtFirst } = opened(path, signal);
  const parts = decompressed(input);
  let left: string | null = null;
  let hasContent = false;
  try {
    const next = (): Promise<Buffer | 'torn' | null> => nextOf(path, parts, signal);
    for (let part = await next(); part; part = await next()) {
      if (part === 'torn') {
        left = `${path} ends in the middle of its compressed data`;
        break;
      }
      const text = decoder.write(part);
      hasContent ||= /\S/.test(text);
      splitter.push(text);
      yield hasContent;
    }
  } finally {
    input.destroy();
  }
  splitter.push(decoder.end());
  const isTorn = splitter.end();
  const grown = sizeAtFirst === null ? 0 : statOf(path).size - sizeAtFirst;
  if (grown > 0) left = `${path} grew while it was read: ${grown} bytes were not read`;
  return { isTorn, hasContent, left };
}

/** The next part of a file; null at its end, and `torn` where compressed data ends too early. */
async function nextOf(
  path: string,
  parts: AsyncGenerator<Buffer>,
  signal: AbortSignal | undefined,
): Promise<Buffer | 'torn' | null> {
  try {
    const next = await parts.next();
    return next.done ? null : next.value;
  } catch (error) {
    if (signal?.aborted) return null;
    if (error instanceof TornCompression) return 'torn';
    throw new UnreadFileError(path, error);
  }
}

function opened(path: string, signal?: AbortSignal): { input: Readable; sizeAtFirst: number | null } {
  const { input, sizeAtFirst } =
    path === '-' ? { input: standardInput(), sizeAtFirst: null } : openedFile(path);
  if (signal) addAbortSignal(signal, input);
  return { input, sizeAtFirst };
}

/** A read of a file that has begun cannot be given up; one of a terminal or a pipe may wait for ever. */
export function standardInput(): Readable {
  const isPipe = fstatSync(0).isFIFO() || fstatSync(0).isSocket();
  if (isatty(0)) return new ReadStream(0);
  if (isPipe) return new Socket({ fd: 0, readable: true, writable: false });
  return createReadStream('', { fd: 0 });
}

function openedFile(path: string): { input: Readable; sizeAtFirst: number | null } {
  const stat = statOf(path);
  if (stat.isCharacterDevice() || stat.isBlockDevice())
    throw new LogError(
      `${path} cannot be read (got a device, allowed a file, a folder or a FIFO): name one, or - for standard input`,
    );
  if (!stat.isFile() || stat.size === 0) return { input: createReadStream(path), sizeAtFirst: null };
  const input = createReadStream(path, { end: stat.size - 1, highWaterMark: 262_144 });
  return { input, sizeAtFirst: stat.size };
}

/** Compressed data that ends too early. What came before is good. */
class TornCompression extends Error {}

/** The parts of a file, decompressed where its first bytes say that it is compressed. */
async function* decompressed(input: Readable): AsyncGenerator<Buffer> {
  const parts = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let first: Buffer = Buffer.alloc(0);
  while (first.length < zstandard.length) {
    const next = await parts.next();
    if (next.done) break;
    first = Buffer.concat([first, next.value]);
  }
  const begins = (magic: readonly number[]): boolean => magic.every((byte, i) => first[i] === byte);
  const all = (async function* (): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    for (let next = await parts.next(); !next.done; next = await parts.next()) yield next.value;
  })();
  if (begins(gzip)) yield* gunzipped(all);
  else if (begins(zstandard)) yield* unzstandard(all);
  else yield* all;
}

async function* gunzipped(parts: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const { Readable: Stream } = await import('node:stream');
  const gunzip = createGunzip();
  const source = Stream.from(parts);
  source.once('error', (error) => gunzip.destroy(error));
  try {
    for await (const part of source.pipe(gunzip)) yield part as Buffer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR') throw new TornCompression();
    throw error;
  }
}

async function* unzstandard(parts: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let out: Buffer[] = [];
  const stream = new Decompress((part) => void out.push(Buffer.from(part)));
  const take = function* (): Generator<Buffer> {
    const ready = out;
    out = [];
    yield* ready;
  };
  for await (const part of parts) {
    // Small parts bound what comes out at once.
    for (let at = 0; at < part.length; at += 16_384) {
      stream.push(part.subarray(at, at + 16_384));
      yield* take();
    }
  }
  try {
    stream.push(new Uint8Array(), true);
  } catch (cause) {
    throw new TornCompression('', { cause });
  }
  yield* take();
}
