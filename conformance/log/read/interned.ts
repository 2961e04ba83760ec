/** Texts that come again and again, each held once: ids, namespaces and topics. */

const sizeBits = 14;
const mask = 2 ** sizeBits - 1;

/** So many characters of a text, at least, choose its place, and its last ones, in which numbered names differ. */
const sampled = 8;
const lastSampled = 4;

/** Longer ones, of which each would keep its memory, are not held. */
const heldMax = 1_024;

const plain = /^[ !#-[\]-~]*$/;

/**
 * A cache of short texts, in bounded memory: a place holds the text that came there last. Equal texts are mostly one
 * string, which costs no memory for each event and keeps no line alive.
 */
export class Interned {
  readonly #held: string[] = new Array<string>(mask + 1).fill('');

  /**
   * The part of a text, as a string of its own.
   *
   * @returns null for a part that is long, or has quotes, backslashes or characters beyond ASCII
   */
  part(text: string, from: number, to: number): string | null {
    const length = to - from;
    if (length > heldMax) return null;
    const step = length > sampled ? Math.floor(length / sampled) : 1;
    let hash = length;
    for (let at = from; at < to; at += step) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    for (let at = Math.max(from, to - lastSampled); at < to; at++)
      hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    const place = (hash ^ (hash >>> sizeBits)) & mask;
    const held = this.#held[place] ?? '';
    if (held.length === length && text.startsWith(held, from)) return held;
    if (!plain.test(text.slice(from, to))) return null;
    // A slice would keep the whole text alive.
    const own = Buffer.from(text.slice(from, to), 'latin1').toString('latin1');
    this.#held[place] = own;
    return own;
  }

  whole(text: string): string {
    return this.part(text, 0, text.length) ?? Buffer.from(text).toString();
  }
}
