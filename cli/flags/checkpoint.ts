/**
 * A search written to a file, from which the same command goes on:
 *
 * ```text
 *  magic, length of the header (u32)  header, JSON       pairs, states, ancestry                  SHA-256 of all
 * ┌─────────────────────────────────┬─────────────────┬───────────────────────────────────────────┬──────────┐
 * └─────────────────────────────────┴─────────────────┴───────────────────────────────────────────┴──────────┘
 * ```
 *
 * It is written beside its place and put there whole, so that whoever is killed meanwhile leaves the one before.
 */
import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  existsSync,
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
import type { Snapshot } from '../../checker/snapshot.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';

const magic = 'shim-spec checkpoint 2\n';
const hashBytes = 32;
/** Bytes that are read or written at once. */
const pieceBytes = 1 << 26;

/** What a checkpoint has to agree with; each part is text that an error can name. */
export type Origin = Readonly<Record<string, string>>;

type Header = Omit<Snapshot, 'store' | 'ancestry'> & {
  readonly origin: Origin;
  readonly store: Omit<Snapshot['store'], 'pairs' | 'states'> & { readonly pairs: number };
  /** Bits of the ancestry. */
  readonly ancestry: number;
};

/** The code of the checker and of the specification: another one might go on differently. */
export function codeOf(): string {
  const dist = fileURLToPath(new URL('../../', import.meta.url));
  const hash = createHash('sha256').update(endianness());
  for (const part of ['checker', 'spec']) {
    const names = readdirSync(join(dist, part), { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((file) => file.endsWith('.js')).toSorted())
      hash.update(name).update(readFileSync(join(dist, part, name)));
  }
  return hash.digest('hex').slice(0, 16);
}

export function writeCheckpoint(file: string, origin: Origin, snapshot: Snapshot): void {
  const { store, ancestry, ...rest } = snapshot;
  const { word, shift, mask, taken } = store.layout;
  const layout = { word: Array.from(word), shift: Array.from(shift), mask: Array.from(mask), taken };
  const { count, width, unused, pairs, states } = store;
  const sizes = { count, width, layout, unused, pairs: pairs.length };
  const header: Header = { ...rest, origin, store: sizes, ancestry: ancestry.end };
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

/**
 * Reads a checkpoint.
 *
 * @returns null where there is no file
 * @throws InputError for one that is damaged, or of another search
 */
export function readCheckpoint(file: string, origin: Origin): Snapshot | null {
  if (!existsSync(file)) return null;
  const hash = createHash('sha256');
  let fd = -1;
  try {
    fd = openSync(file, 'r');
    const read = (bytes: number): Buffer => readExactly(fd, bytes, hash, file);
    if (read(magic.length).toString() !== magic) throw bad(file, 'it is no checkpoint');
    const {
      store,
      ancestry,
      origin: its,
      ...rest
    } = JSON.parse(read(read(4).readUInt32LE()).toString()) as Header;
    for (const [name, value] of Object.entries(origin)) {
      if (its[name] !== value)
        throw bad(file, `it is of another search (${name}: got ${its[name]}, allowed ${value})`);
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
    if (!read(hashBytes).equals(digest)) throw bad(file, 'it is damaged: its checksum is another');
    return { ...rest, store: { ...store, pairs, states }, ancestry: { bits, end: ancestry } };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw bad(file, `it cannot be read: ${(error as Error).message}`);
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** @throws InputError where no checkpoint can be written */
export function assertWritable(file: string): void {
  try {
    closeSync(openSync(`${file}.part`, 'w', 0o600));
    rmSync(`${file}.part`);
  } catch (cause) {
    throw new InputError(
      `--checkpoint ${file} cannot be written (${(cause as NodeJS.ErrnoException).code}): name a file in a folder that is there`,
      exitCode.file,
      { cause },
    );
  }
}

/** Removes a checkpoint whose search is over. */
export function removeCheckpoint(file: string): void {
  rmSync(file, { force: true });
  rmSync(`${file}.part`, { force: true });
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
      if (got === 0) throw bad(file, 'it is damaged: it ends too early');
      at += got;
    }
    hash.update(piece);
  }
}

function bad(file: string, why: string): InputError {
  return new InputError(
    `--checkpoint ${file} cannot be gone on from: ${why}: remove it, or name another file`,
    exitCode.file,
  );
}
