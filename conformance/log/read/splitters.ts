/** Splits a text that comes in parts into what a parser reads, in bounded memory. */

/** What is longer is left out and counted. Events have at most some 100 KiB, where an image has many layers. */
const recordMaxChars = 1_048_576;
const carriageReturn = 13;

/**
 * Takes a line or an object: the part of a text from one place to another, and the number of its first line. null for
 * one that was too long.
 */
export type TakeRecord = (text: string | null, line: number, from: number, to: number) => void;

/** Takes parts of a text. */
interface Splitter {
  push(part: string): void;
  /** The end of the text. @returns whether it ended in the middle of a line or an object */
  end(): boolean;
}

/** Splits a text into lines, which end with a line feed, or a carriage return and one. */
class LineSplitter implements Splitter {
  readonly #take: TakeRecord;
  #begun = '';
  #isTooLong = false;
  #line = 1;

  constructor(take: TakeRecord) {
    this.#take = take;
  }

  push(part: string): void {
    let from = 0;
    for (let at = part.indexOf('\n'); at >= 0; at = part.indexOf('\n', from)) {
      if (this.#begun === '' && !this.#isTooLong) this.#give(part, from, at);
      else this.#giveBegun(part.slice(from, at));
      from = at + 1;
    }
    this.#begun += this.#isTooLong ? '' : part.slice(from);
    if (this.#begun.length <= recordMaxChars) return;
    this.#begun = '';
    this.#isTooLong = true;
  }

  end(): boolean {
    const isBegun = this.#begun !== '' || this.#isTooLong;
    if (isBegun) this.#giveBegun('');
    return isBegun;
  }

  /** A line that began in a part before. */
  #giveBegun(rest: string): void {
    const text = this.#begun + rest;
    if (this.#isTooLong) this.#take(null, this.#line++, 0, 0);
    else this.#give(text, 0, text.length);
    this.#begun = '';
    this.#isTooLong = false;
  }

  #give(text: string, from: number, to: number): void {
    const end = to > from && text.charCodeAt(to - 1) === carriageReturn ? to - 1 : to;
    this.#take(end - from > recordMaxChars ? null : text, this.#line++, from, end);
  }
}

/** Splits JSON into its outermost objects, whatever stands around them: of an array, or one after the other. */
class ObjectSplitter implements Splitter {
  readonly #take: TakeRecord;
  #begun = '';
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  #line = 1;
  #firstLine = 1;

  constructor(take: TakeRecord) {
    this.#take = take;
  }

  push(part: string): void {
    const signs = /[{}"\\\n]/g;
    let from = this.#depth > 0 ? 0 : part.length;
    for (let sign = signs.exec(part); sign; sign = signs.exec(part)) {
      const isEscaped = this.#isEscaped && sign.index === 0;
      this.#isEscaped = false;
      if (sign[0] === '\n') this.#line++;
      if (isEscaped) continue;
      if (sign[0] === '\\') {
        if (signs.lastIndex === part.length) this.#isEscaped = true;
        if (part[signs.lastIndex] !== '\n') signs.lastIndex++;
        continue;
      }
      from = this.#takeSign(part, sign[0], sign.index, from);
    }
    if (this.#depth > 0) this.#keep(part.slice(from));
  }

  end(): boolean {
    if (this.#depth === 0) return false;
    const text = this.#begun.slice(0, recordMaxChars);
    this.#take(text, this.#firstLine, 0, text.length);
    return true;
  }

  /** @returns where the object that is open begins in this part */
  #takeSign(part: string, sign: string, at: number, from: number): number {
    if (sign === '"') this.#isInText = this.#depth > 0 && !this.#isInText;
    else if (!this.#isInText && sign === '{' && this.#depth++ === 0) {
      this.#firstLine = this.#line;
      return at;
    } else if (!this.#isInText && sign === '}' && this.#depth > 0 && --this.#depth === 0) {
      this.#keep(part.slice(from, at + 1));
      const isTooLong = this.#begun.length > recordMaxChars;
      this.#take(isTooLong ? null : this.#begun, this.#firstLine, 0, this.#begun.length);
      this.#begun = '';
      return part.length;
    }
    return from;
  }

  /** Of an object that is too long, no more is kept than shows that. */
  #keep(more: string): void {
    if (this.#begun.length <= recordMaxChars) this.#begun += more.slice(0, recordMaxChars + 1);
  }
}

/** Whether a text begins with an array of objects, or an object over several lines; null where it is too short. */
function isJsonText(text: string): boolean | null {
  if (/^\s*(?:\[\s*[{\]]|\{\s*\n)/.test(text)) return true;
  return /^\s*(?:[[{]\s*)?$/.test(text) ? null : false;
}

/** The splitter for a text, which is chosen by how it begins. */
export class AnySplitter implements Splitter {
  readonly #take: TakeRecord;
  #chosen: Splitter | null = null;
  #begun = '';

  constructor(take: TakeRecord) {
    this.#take = take;
  }

  push(part: string): void {
    if (this.#chosen) {
      this.#chosen.push(part);
      return;
    }
    this.#begun += part;
    const isJson = isJsonText(this.#begun);
    if (isJson === null && this.#begun.length < recordMaxChars) return;
    this.#choose(isJson === true);
  }

  end(): boolean {
    if (!this.#chosen) this.#choose(false);
    return this.#chosen?.end() ?? false;
  }

  #choose(isJson: boolean): void {
    this.#chosen = isJson ? new ObjectSplitter(this.#take) : new LineSplitter(this.#take);
    // A byte order mark.
    this.#chosen.push(this.#begun.replace(/^\uFEFF/, ''));
    this.#begun = '';
  }
}
