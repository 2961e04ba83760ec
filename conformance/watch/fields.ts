/** A field of an encoded message of protobuf. */
export interface Field {
  readonly number: number;
  /** Of a varint; 0 for others. A number beyond 2^53 is not exact. */
  readonly value: number;
  /** Of what has a length, where it begins and ends in the bytes; 0 for others. */
  readonly from: number;
  readonly to: number;
}

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Reads the fields of an encoded message, in their order. */
export class FieldReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, from: number, to: number) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
  }

  /**
   * The next field; null after the last one.
   *
   * @throws RangeError where the message is cut off, or none
   */
  next(): Field | null {
    if (this.#at >= this.#end) return null;
    const tag = this.#varint();
    const number = tag >>> 3;
    let value = 0;
    let from = 0;
    let to = 0;
    switch (tag & 7) {
      case wireTypes.varint:
        value = this.#varint();
        break;
      case wireTypes.bytes:
        to = this.#varint();
        from = this.#at;
        to += from;
        this.#at = to;
        break;
      case wireTypes.fixed64:
        this.#at += 8;
        break;
      case wireTypes.fixed32:
        this.#at += 4;
        break;
      default:
        throw new RangeError(`a field of wire type ${tag & 7} (allowed 0, 1, 2, 5)`);
    }
    if (this.#at > this.#end || number === 0) throw new RangeError('a message that is cut off');
    return { number, value, from, to };
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.#at < this.#end ? (this.#bytes[this.#at] ?? 0) : undefined;
      if (byte === undefined) throw new RangeError('a message that is cut off');
      this.#at++;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new RangeError('a number of more than 10 bytes');
  }
}
