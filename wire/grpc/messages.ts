import { code, StatusError } from '../ttrpc/status.ts';

/** Before each message: whether it is compressed, a byte, and its length, 32 bits big-endian. */
const prefixBytes = 5;

/** containerd sends no longer ones: its limit for a message. */
const messageMaxBytes = 16 * 2 ** 20;

/** Takes a message where it lies in what came: from a byte, and up to one. The bytes may be kept; they do not change. */
export type TakeMessage = (data: Buffer, from: number, to: number) => void;

/** A message as gRPC sends it. */
export function framed(payload: Uint8Array): Buffer {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(payload.length, 1);
  return Buffer.concat([prefix, payload]);
}

/** Finds the messages in what comes of a stream, however it is cut. */
export class MessageReader {
  readonly #take: TakeMessage;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** So many bytes, at least, are needed to go on. */
  #neededBytes = prefixBytes;

  constructor(take: TakeMessage) {
    this.#take = take;
  }

  /** Whether a message has begun and not ended. */
  get isWithin(): boolean {
    return this.#heldBytes > 0;
  }

  /** Keeps what came. */
  push(part: Buffer): void {
    this.#held.push(part);
    this.#heldBytes += part.length;
  }

  /**
   * Gives on the messages that are whole.
   *
   * @throws StatusError for a message that is compressed or too long; what `take` throws
   */
  flush(): void {
    // A long message comes in many parts: they are joined once.
    if (this.#heldBytes < this.#neededBytes) return;
    const [first = Buffer.of()] = this.#held;
    const data = this.#held.length === 1 ? first : Buffer.concat(this.#held);
    const left = this.#takeAll(data);
    this.#held = left < data.length ? [data.subarray(left)] : [];
    this.#heldBytes = data.length - left;
  }

  /** @returns where the message begins that is not whole */
  #takeAll(data: Buffer): number {
    for (let at = 0; ; at += this.#neededBytes) {
      this.#neededBytes = prefixBytes;
      if (data.length - at < prefixBytes) return at;
      const length = data.readUInt32BE(at + 1);
      if (data[at] !== 0)
        throw new StatusError(code.internal, 'gRPC: a message is compressed, which was not asked for');
      if (length > messageMaxBytes)
        throw new StatusError(
          code.resourceExhausted,
          `gRPC: a message is too long (got ${length} bytes, allowed ${messageMaxBytes})`,
        );
      this.#neededBytes = prefixBytes + length;
      if (data.length - at < this.#neededBytes) return at;
      this.#take(data, at + prefixBytes, at + this.#neededBytes);
    }
  }
}
