/**
 * ttrpc's frames.
 *
 * ```text
 *   0         1         2         3
 *  ┌─────────────────────────────────────┐
 *  │ length of the data, u32 big-endian  │  at most 4 MiB
 *  ├─────────────────────────────────────┤
 *  │ stream id, u32 big-endian           │  odd: a client's
 *  ├─────────┬─────────┬─────────────────┘
 *  │ type u8 │ flags u8│ data …
 *  └─────────┴─────────┘
 * ```
 *
 * @source https://github.com/containerd/ttrpc/blob/main/PROTOCOL.md
 */
export const headerBytes = 10;

/** The most data that a frame may carry, in bytes. */
export const dataMaxBytes: number = 4 * 1024 ** 2;

export const frameType = { request: 1, response: 2, data: 3 } as const;

/** One message on one stream. */
export interface Frame {
  readonly stream: number;
  readonly type: number;
  readonly flags: number;
  readonly data: Uint8Array;
}

/** A frame that the protocol does not allow. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** @throws FrameError for more data than a frame may carry */
export function encodeFrame({ stream, type, flags, data }: Frame): Buffer {
  if (data.length > dataMaxBytes) throw new FrameError(tooLarge(data.length));
  const frame = Buffer.allocUnsafe(headerBytes + data.length);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(stream, 4);
  frame.writeUInt8(type, 8);
  frame.writeUInt8(flags, 9);
  frame.set(data, headerBytes);
  return frame;
}

/** @param bytes the message's size. Default: it was not counted */
export function tooLarge(bytes?: number): string {
  return `a ttrpc message is too large (got ${bytes ?? 'more'} bytes, allowed ${dataMaxBytes})`;
}

const noData = new Uint8Array();

/**
 * Cuts a byte stream into frames, whatever the chunks. A frame that is too large has `isTooLarge` and empty data: its bytes
 * are skipped as they come.
 */
export class FrameDecoder {
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Bytes that complete the next frame. Chunks are joined only then, so each byte of a large frame is copied once. */
  #needed = headerBytes;
  /** Bytes still to come of a frame that is too large. */
  #skip = 0;

  /** Takes the next chunk. @returns the frames that it completes */
  push(chunk: Buffer): (Frame & { readonly isTooLarge: boolean })[] {
    const frames: (Frame & { readonly isTooLarge: boolean })[] = [];
    const skipped = Math.min(this.#skip, chunk.length);
    this.#skip -= skipped;
    if (skipped === chunk.length) return frames;
    this.#chunks.push(chunk.subarray(skipped));
    this.#bytes += chunk.length - skipped;
    if (this.#bytes < this.#needed) return frames;
    const all = this.#chunks.length === 1 ? chunk.subarray(skipped) : Buffer.concat(this.#chunks);
    let at = 0;
    this.#needed = headerBytes;
    while (all.length - at >= headerBytes) {
      const length = all.readUInt32BE(at);
      const [stream, type, flags] = [all.readUInt32BE(at + 4), all.readUInt8(at + 8), all.readUInt8(at + 9)];
      const isTooLarge = length > dataMaxBytes;
      const end = at + headerBytes + length;
      if (!isTooLarge && end > all.length) {
        this.#needed = headerBytes + length;
        break;
      }
      const data = isTooLarge || length === 0 ? noData : all.subarray(at + headerBytes, end);
      frames.push({ stream, type, flags, data, isTooLarge });
      this.#skip = Math.max(0, end - all.length);
      at = Math.min(end, all.length);
    }
    this.#chunks = at < all.length ? [all.subarray(at)] : [];
    this.#bytes = all.length - at;
    return frames;
  }
}
