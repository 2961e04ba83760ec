import { closeSync, openSync, readSync } from 'node:fs';

const pieceBytes = 1 << 16;

/**
 * Reads a file that may be a device without an end.
 *
 * @throws Error of the operating system, or with the code EFBIG where there is more than `bytesMax`
 */
export function readText(file: string, bytesMax: number): string {
  const pieces: Buffer[] = [];
  const fd = openSync(file, 'r');
  try {
    for (let bytes = 0; ; ) {
      const piece = Buffer.alloc(pieceBytes);
      const got = readSync(fd, piece);
      if (got === 0) return Buffer.concat(pieces).toString();
      bytes += got;
      if (bytes > bytesMax) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
      pieces.push(piece.subarray(0, got));
    }
  } finally {
    closeSync(fd);
  }
}
