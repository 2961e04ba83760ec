import type { ObservedEvent } from '../observed.ts';

/** The id that an event should have and has not. */
export type Lack = NonNullable<ObservedEvent['lacks']> | null;

/** What lines have in common: all that have nothing special share one of these. */
export interface Common {
  /** What stands before the number of a line: its file, where there is more than one. */
  readonly prefix: string;
  readonly namespace: string;
  readonly lacks: Lack;
  readonly criKey: string | null;
}

/**
 * An event of a line, in as little memory as can be: a container keeps its last ones. Where it stands is put into words
 * when somebody asks.
 */
export class LineEvent implements ObservedEvent {
  readonly topic: ObservedEvent['topic'];
  readonly container: string;
  readonly exec: string;
  readonly pid: number;
  readonly exitStatus: number | null;
  readonly #common: Common;
  readonly #line: number;
  /** The time in whole seconds and the rest, which V8 holds without a further object; null where there is none. */
  readonly #seconds: number | null;
  readonly #microseconds: number;

  constructor(
    common: Common,
    line: number,
    seconds: number | null,
    microseconds: number,
    topic: ObservedEvent['topic'],
    container: string,
    exec: string,
    pid: number,
    exitStatus: number | null,
  ) {
    this.topic = topic;
    this.container = container;
    this.exec = exec;
    this.pid = pid;
    this.exitStatus = exitStatus;
    this.#common = common;
    this.#line = line;
    this.#seconds = seconds;
    this.#microseconds = microseconds;
  }

  get timeUs(): number | null {
    return this.#seconds === null ? null : this.#seconds * 1_000_000 + this.#microseconds;
  }

  get namespace(): string {
    return this.#common.namespace;
  }

  get lacks(): Lack {
    return this.#common.lacks;
  }

  get criKey(): string | null {
    return this.#common.criKey;
  }

  get at(): string {
    return `${this.#common.prefix}line ${this.#line}`;
  }
}
