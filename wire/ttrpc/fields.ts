import { code, StatusError } from './status.ts';

/** The most top-level fields that a message may have. Millions fit into a frame, and take seconds to decode. */
const fieldsMax = 10_000;

/**
 * Refuses a serialised message that would take so long to decode that other clients wait.
 *
 * @throws StatusError resourceExhausted
 */
export function refuseTooManyFields(message: Uint8Array, name: string): void {
  if (fieldsIn(message, fieldsMax + 1) <= fieldsMax) return;
  throw new StatusError(
    code.resourceExhausted,
    `the request's ${name} has too many fields (got more than ${fieldsMax}, allowed ${fieldsMax})`,
  );
}

/**
 * Counts the top-level fields of a serialised message, up to `most`, without decoding it. Bytes that are no protobuf give
 * any number, and the decoder refuses them.
 *
 * ```text
 * field = tag (varint: number << 3 | wire type), then by wire type
 *         0 varint   1 eight bytes   2 length (varint) and as many bytes   5 four bytes
 * ```
 *
 * @source https://protobuf.dev/programming-guides/encoding/
 */
export function fieldsIn(message: Uint8Array, most: number): number {
  let fields = 0;
  for (let at = 0; at < message.length && fields < most; fields++) {
    const wireType = (message[at] ?? 0) & 7;
    at = endOfVarint(message, at);
    if (wireType === 0) at = endOfVarint(message, at);
    else if (wireType === 1) at += 8;
    else if (wireType === 2) at = endOfVarint(message, at) + varintAt(message, at);
    else if (wireType === 5) at += 4;
  }
  return fields;
}

function endOfVarint(bytes: Uint8Array, at: number): number {
  let end = at;
  while ((bytes[end] ?? 0) >= 0x80) end++;
  return end + 1;
}

/** The varint at `at`; inexact above 2^53, which is larger than any message. */
function varintAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = endOfVarint(bytes, at) - 1; i >= at; i--) value = value * 0x80 + ((bytes[i] ?? 0) & 0x7f);
  return value;
}
