import { type ObservedEvent, topicOf } from '../observed.ts';
import { GoJson } from './go-json.ts';
import type { Interned } from './interned.ts';

/** How Go ends a time that is UTC. */
const utc = ' +0000 UTC ';

/** How long `2026-11-24 04:00:00` is. */
const secondChars = 19;
const space = 32;

/**
 * Reads a line as `ctr events` prints it, without a prefix: `2026-11-24 04:00:00.1 +0000 UTC default /tasks/exit {…}`.
 * Most lines are such, so this looks at each of their characters once and makes no new text. Whatever differs is left
 * to the formats' patterns.
 */
export class PrintedLine {
  topic: ObservedEvent['topic'] = 'create';
  namespace = '';
  seconds = 0;
  microseconds = 0;
  readonly ids: GoJson;
  readonly #interned: Interned;
  /** The second that was read last, as it is printed: lines that follow each other are mostly of one second. */
  #second = '';

  constructor(interned: Interned) {
    this.#interned = interned;
    this.ids = new GoJson(interned);
  }

  /** @returns whether the part of a text is such a line of a task's event; its fields are then set */
  read(text: string, from: number, to: number): boolean {
    const begin = this.#readTime(text, from);
    if (begin < 0) return false;
    const end = endOfWord(text, begin, to);
    const topicEnd = endOfWord(text, end + 1, to);
    const topic = topicOf(text, end + 1, topicEnd);
    if (topic === null || !this.#readNamespace(text, begin, end)) return false;
    this.topic = topic;
    return this.ids.read(text, topicEnd + 1, to);
  }

  /** @returns where the namespace begins; -1 for another time */
  #readTime(text: string, from: number): number {
    if (this.#second === '' || !text.startsWith(this.#second, from)) {
      const second = text.slice(from, from + secondChars);
      const ms = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(second)
        ? Date.parse(`${second.replace(' ', 'T')}Z`)
        : Number.NaN;
      if (Number.isNaN(ms)) return -1;
      this.#second = Buffer.from(second).toString();
      this.seconds = ms / 1_000;
    }
    let at = from + secondChars;
    let unit = 1_000_000;
    let value = 0;
    if (text.charCodeAt(at) === 46) {
      for (let code = text.charCodeAt(++at); code >= 48 && code <= 57; code = text.charCodeAt(++at)) {
        if (unit === 1) continue;
        value = value * 10 + code - 48;
        unit /= 10;
      }
    }
    this.microseconds = value * unit;
    return text.startsWith(utc, at) ? at + utc.length : -1;
  }

  #readNamespace(text: string, from: number, to: number): boolean {
    const isLast = this.namespace.length === to - from && text.startsWith(this.namespace, from);
    const namespace = isLast ? this.namespace : this.#interned.part(text, from, to);
    if (namespace === null) return false;
    this.namespace = namespace;
    return true;
  }
}

function endOfWord(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && text.charCodeAt(at) !== space) at++;
  return at;
}
