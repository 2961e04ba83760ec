/**
 * What is sent from thread to thread, with shared arrays as the memory that they are views of: Node 20 clones a view of
 * 4 GiB or more as one of its length modulo 4 GiB, and says nothing. Each array has a memory of its own, all of it.
 */
export function packed(value: unknown): unknown {
  if (value instanceof Int32Array) return value.buffer instanceof SharedArrayBuffer ? value.buffer : value;
  return mapped(value, packed);
}

/** The same arrays again, in the other thread. */
export function unpacked(value: unknown): unknown {
  if (value instanceof SharedArrayBuffer) return new Int32Array(value);
  return mapped(value, unpacked);
}

function mapped(value: unknown, of: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(of);
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, of(each)]));
}
