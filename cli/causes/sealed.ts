import { createHash } from 'node:crypto';

/** Results as a line of JSON, with a checksum of all that it says. */
export function sealed<C extends { readonly format: string }>(content: C): string {
  return JSON.stringify({ ...content, sum: sumOf(content) });
}

/** @returns what {@link sealed} was given, as plain data; or a sentence that says why the text is none of this format */
export function opened(text: string, format: string): object | string {
  let entry: { readonly format?: unknown; readonly sum?: unknown } | null;
  try {
    entry = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  if (entry?.format !== format) return `it is not of the format '${format}'`;
  const { sum, ...content } = entry;
  if (sum === undefined) return 'it has no checksum';
  return sum === sumOf(content) ? content : 'its checksum does not match';
}

function sumOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
