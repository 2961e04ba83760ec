/**
 * A search saved to a file, from which the same command resumes:
 *
 * ```text
 *  magic, length of the header (u32)  header, JSON       pairs, states, ancestry                  SHA-256 of all
 * ┌─────────────────────────────────┬─────────────────┬───────────────────────────────────────────┬──────────┐
 * └─────────────────────────────────┴─────────────────┴───────────────────────────────────────────┴──────────┘
 * ```
 *
 * It is written beside its place and put there whole, so that a process that is killed meanwhile leaves the last one.
 */
import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Limits } from '../../checker/index.ts';
import type { Snapshot } from '../../checker/snapshot.ts';
import { boundFlags } from '../../render/bound.ts';
import type { Bound, Revision } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import { spellFlag } from '../flags/spelling.ts';
import { printComplaint } from '../thread/session.ts';

const magic = 'shim-spec checkpoint 3\n';
const hashBytes = 32;
/** Bytes that are read or written at once. */
const pieceBytes = 1 << 26;

/** What a checkpoint has to agree with; each part is text that an error can name. */
type CheckpointOrigin = Readonly<Record<string, string>>;

type CheckpointHeader = Omit<Snapshot, 'store' | 'ancestry'> & {
  readonly origin: CheckpointOrigin;
  readonly store: Omit<Snapshot['store'], 'pairs' | 'states'> & { readonly pairs: number };
  /** Bits of the ancestry. */
  readonly ancestry: number;
};

/** The checkpoint of one search. */
export class Checkpoint {
  readonly #file: string;
  readonly #everyMs: number;
  readonly #origin: CheckpointOrigin;
  #lastMs: number = performance.now();

  constructor(
    { file, everyMs }: { readonly file: string; readonly everyMs: number },
    revision: Revision,
    { bound, limits }: { readonly bound: Bound; readonly limits: Limits },
  ) {
    this.#file = file;
    this.#everyMs = everyMs;
    this.#origin = {
      code: hashOfCode(),
      revision: revision.slug,
      ...(revision.file === undefined ? {} : { [revision.file]: hashOfFile(revision.file) }),
      bound: boundFlags(bound),
      [spellFlag('limits.depthMax')]: String(limits.depthMax ?? 'none'),
    };
  }

  /** @returns where the search was; null where there is no file. @throws InputError for a file that cannot be used */
  read(): Snapshot | null {
    assertWritable(this.#file);
    return readCheckpoint(this.#file, this.#origin);
  }

  /** Saves the search, unless it did so a short while ago and goes on. */
  readonly save = (snapshot: () => Snapshot, isLast: boolean): void => {
    if (!isLast && performance.now() - this.#lastMs < this.#everyMs) return;
    try {
      writeCheckpoint(this.#file, this.#origin, snapshot());
    } catch (error) {
      // The search is worth more than its checkpoint, and the last one is still there.
      printComplaint(
        `--checkpoint ${this.#file} was not saved (got ${causeText(error)}, allowed a file that can be written): make room; the search goes on\n`,
      );
    }
    this.#lastMs = performance.now();
  };

  /** Removes the file of a search that is over. */
  remove(): void {
    rmSync(this.#file, { force: true });
    rmSync(`${this.#file}.part`, { force: true });
  }
}

/** The code of the checker and of the specification: other code might search differently. */
function hashOfCode(): string {
  const dist = fileURLToPath(new URL('../../', import.meta.url));
  const hash = createHash('sha256').update(endianness());
  for (const part of ['checker', 'spec']) {
    const names = readdirSync(join(dist, part), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((file) => file.endsWith('.js')).toSorted())
      hash.update(name).update(readFileSync(join(dist, part, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

function hashOfFile(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16);
}

function writeCheckpoint(file: string, origin: CheckpointOrigin, snapshot: Snapshot): void {
  const { store, ancestry, ...rest } = snapshot;
  const { word, shift, mask, taken } = store.layout;
  const layout = { word: Array.from(word), shift: Array.from(shift), mask: Array.from(mask), taken };
  const { count, width, unused, pairs, states } = store;
  const sizes = { count, width, layout, unused, pairs: pairs.length };
  const header: CheckpointHeader = { ...rest, origin, store: sizes, ancestry: ancestry.end };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const part = `${file}.part`;
  const fd = openSync(part, 'w', 0o600);
  try {
    const hash = createHash('sha256');
    const put = (bytes: Uint8Array): void => {
      for (let from = 0; from < bytes.length; from += pieceBytes) {
        const piece = bytes.subarray(from, from + pieceBytes);
        hash.update(piece);
        for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at);
      }
    };
    for (const bytes of [Buffer.from(magic), length, text]) put(bytes);
    for (const { buffer, byteOffset, byteLength } of [pairs, states, ancestry.bits])
      put(new Uint8Array(buffer, byteOffset, byteLength));
    writeSync(fd, hash.digest());
    fsyncSync(fd);
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}

function readCheckpoint(file: string, origin: CheckpointOrigin): Snapshot | null {
  const hash = createHash('sha256');
  let fd = -1;
  try {
    fd = openSync(file, 'r');
    const read = (bytes: number): Buffer => readExactly(fd, bytes, hash, file);
    if (read(magic.length).toString() !== magic)
      throw unusable(file, 'it is not a checkpoint of this version');
    const {
      store,
      ancestry,
      origin: its,
      ...rest
    } = JSON.parse(read(read(4).readUInt32LE()).toString()) as CheckpointHeader;
    for (const [name, value] of Object.entries(origin)) {
      if (its[name] !== value)
        throw unusable(file, `written by a different search (${name}: got ${its[name]}, allowed ${value})`);
    }
    const words = (length: number): Int32Array => {
      const array = new Int32Array(length);
      readInto(fd, new Uint8Array(array.buffer), hash, file);
      return array;
    };
    const pairs = words(store.pairs);
    const states = words(2 * store.count);
    const bits = words((ancestry + 31) >>> 5);
    const digest = hash.copy().digest();
    if (!read(hashBytes).equals(digest)) throw unusable(file, 'it is damaged: its checksum does not match');
    return { ...rest, store: { ...store, pairs, states }, ancestry: { bits, end: ancestry } };
  } catch (error) {
    if (error instanceof InputError) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (error instanceof SyntaxError) throw unusable(file, 'it is damaged: its header is not JSON');
    throw unusable(file, `it cannot be read (got ${causeText(error)}, allowed a file)`);
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** @throws InputError where no checkpoint can be written */
function assertWritable(file: string): void {
  try {
    closeSync(openSync(`${file}.part`, 'w', 0o600));
    rmSync(`${file}.part`);
  } catch (cause) {
    throw new InputError(
      `--checkpoint ${file} cannot be written (got ${causeText(cause)}, allowed a file in a folder that exists and that you may write to): name another`,
      exitCode.file,
      { cause },
    );
  }
}

function readExactly(fd: number, bytes: number, hash: Hash, file: string): Buffer {
  const buffer = Buffer.alloc(bytes);
  readInto(fd, buffer, hash, file);
  return buffer;
}

function readInto(fd: number, bytes: Uint8Array, hash: Hash, file: string): void {
  for (let from = 0; from < bytes.length; from += pieceBytes) {
    const piece = bytes.subarray(from, from + pieceBytes);
    for (let at = 0; at < piece.length; ) {
      const got = readSync(fd, piece, at, piece.length - at, null);
      if (got === 0) throw unusable(file, 'it is damaged: it ends too early');
      at += got;
    }
    hash.update(piece);
  }
}

function unusable(file: string, why: string): InputError {
  return new InputError(
    `--checkpoint ${file} cannot resume: ${why}; remove the file, or name another one`,
    exitCode.file,
  );
}
