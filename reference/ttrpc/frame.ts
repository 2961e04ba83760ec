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

/** A frame that the protocol does not allow. The connection cannot be understood after it. */
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

export function tooLarge(bytes: number): string {
  return `a ttrpc message is too large (got ${bytes} bytes, allowed ${dataMaxBytes})`;
}

/**
 * Cuts a byte stream into frames, however it arrives. A frame that is too large is not kept: its data is passed
 * over as it comes, and the frame is given with `data` empty and `isTooLarge`.
 */
export class FrameDecoder {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #passOver = 0;

  /** Takes the next bytes. @returns the frames that they complete */
  push(chunk: Buffer): (Frame & { readonly isTooLarge: boolean })[] {
    const frames: (Frame & { readonly isTooLarge: boolean })[] = [];
    let rest = this.#skip(chunk);
    if (rest.length === 0) return frames;
    this.#chunks.push(rest);
    this.#bytes += rest.length;
    while (this.#bytes >= headerBytes) {
      const all = this.#join();
      const length = all.readUInt32BE(0);
      const head = { stream: all.readUInt32BE(4), type: all.readUInt8(8), flags: all.readUInt8(9) };
      if (length > dataMaxBytes) {
        frames.push({ ...head, data: new Uint8Array(), isTooLarge: true });
        this.#passOver = length;
        rest = this.#skip(all.subarray(headerBytes));
      } else {
        if (all.length < headerBytes + length) break;
        frames.push({ ...head, data: all.subarray(headerBytes, headerBytes + length), isTooLarge: false });
        rest = all.subarray(headerBytes + length);
      }
      this.#chunks = [rest];
      this.#bytes = rest.length;
    }
    return frames;
  }

  #skip(chunk: Buffer): Buffer {
    const skipped = Math.min(this.#passOver, chunk.length);
    this.#passOver -= skipped;
    return chunk.subarray(skipped);
  }

  /** The bytes so far as one buffer; joined only once a frame can be complete, so that each byte is copied once. */
  #join(): Buffer {
    if (this.#chunks.length > 1) {
      const length = this.#peekLength();
      const isComplete = length > dataMaxBytes || this.#bytes >= headerBytes + length;
      if (isComplete || (this.#chunks[0]?.length ?? 0) < headerBytes)
        this.#chunks = [Buffer.concat(this.#chunks)];
    }
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  #peekLength(): number {
    const head = this.#chunks[0] ?? Buffer.alloc(0);
    return (head.length >= 4 ? head : Buffer.concat(this.#chunks)).readUInt32BE(0);
  }
}
