/** Splits a text that comes in parts into what a parser reads, in bounded memory. */

/** What is longer is left out and counted. Events have at most some 100 KiB, where an image has many layers. */
const recordMaxChars = 1_048_576;

/** Takes a line or an object, and the number of its first line; null for one that was too long. */
type Take = (text: string | null, line: number) => void;

/** Takes parts of a text. */
interface Splitter {
  push(part: string): void;
  /** The end of the text. @returns whether it ended in the middle of a line or an object */
  end(): boolean;
}

/** Splits a text into lines, which end with a line feed, or a carriage return and one. */
class LineSplitter implements Splitter {
  readonly #take: Take;
  #begun = '';
  #isTooLong = false;
  #line = 1;

  constructor(take: Take) {
    this.#take = take;
  }

  push(part: string): void {
    let from = 0;
    for (let at = part.indexOf('\n'); at >= 0; at = part.indexOf('\n', from)) {
      this.#give(part.slice(from, at));
      from = at + 1;
    }
    this.#begun += this.#isTooLong ? '' : part.slice(from);
    if (this.#begun.length <= recordMaxChars) return;
    this.#begun = '';
    this.#isTooLong = true;
  }

  end(): boolean {
    const isBegun = this.#begun !== '' || this.#isTooLong;
    if (isBegun) this.#give('');
    return isBegun;
  }

  #give(rest: string): void {
    const text = this.#begun === '' ? rest : this.#begun + rest;
    const isTooLong = this.#isTooLong || text.length > recordMaxChars;
    this.#begun = '';
    this.#isTooLong = false;
    this.#take(isTooLong ? null : text.endsWith('\r') ? text.slice(0, -1) : text, this.#line++);
  }
}

/** Splits JSON into its outermost objects, whatever stands around them: of an array, or one after the other. */
class ObjectSplitter implements Splitter {
  readonly #take: Take;
  #begun = '';
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  #line = 1;
  #firstLine = 1;

  constructor(take: Take) {
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
    this.#take(this.#begun.slice(0, recordMaxChars), this.#firstLine);
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
      this.#take(isTooLong ? null : this.#begun, this.#firstLine);
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
  readonly #take: Take;
  #chosen: Splitter | null = null;
  #begun = '';

  constructor(take: Take) {
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
