/**
 * Prepares a value to be sent to another thread: each shared array becomes the memory below it. Node 20 clones a view of
 * 4 GiB or more with its length modulo 4 GiB, and reports no error. So every shared array has to be all of its memory.
 */
export function toMessage(value: unknown): unknown {
  if (value instanceof Int32Array) return value.buffer instanceof SharedArrayBuffer ? value.buffer : value;
  return mapDeep(value, toMessage);
}

/** The value again, in the other thread. */
export function fromMessage(value: unknown): unknown {
  if (value instanceof SharedArrayBuffer) return new Int32Array(value);
  return mapDeep(value, fromMessage);
}

function mapDeep(value: unknown, of: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(of);
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, of(each)]));
}
