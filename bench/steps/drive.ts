import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { waitUntil } from '../../conformance/shim/polling.ts';
import { killNow } from '../../conformance/shim/processes.ts';
import { Subject } from '../../conformance/shim/subject.ts';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { random } from '../random.ts';

/** What a run of the shim is. */
export interface DriveOptions {
  /** Which calls are made, and in which order a client makes its own; how they interleave is up to the machine. */
  readonly seed: number;
  /** No new container is made once the record has so many lines. */
  readonly linesMax: number;
  /** Containers at one time. */
  readonly clients: number;
  /** Calls for each container that need no runtime, beside those that do. Default: 0 */
  readonly cheap?: number;
  /** How long a call may take, in milliseconds: then the shim is taken to be stuck. Default: a minute. */
  readonly callTimeoutMs?: number;
  /** No new container is made after so many milliseconds. Default: none. */
  readonly timeMaxMs?: number;
}

/** How a run ended: the shim ended when it was told to, died before, or a call was not answered. */
export type DriveEnd = 'ended' | 'died' | 'stuck';

/** Where the shim that records its steps is, and what its containers run. */
export interface Recorded {
  readonly binary: string;
  readonly rootfs: string;
  /** A new file. */
  readonly record: string;
  /** The number of the mutant that serves. Default: 0, none. */
  readonly mutant?: number;
}

const callTimeoutMs = 60_000;
const noTimeout = 0;
/** Loops of calls that need no runtime, of each container. */
const pestersAtOnce = 4;
const endMaxMs = 10_000;
/** A shim that has recorded nothing for so long has nothing left to do. */
const stillMs = 2_000;
const stillMaxMs = 30_000;
const pollMs = 20;
const inits = [
  ['/bin/sleep', '3600'],
  ['/bin/sleep', '3600'],
  ['/bin/sleep', '0.1'],
  ['/bin/true'],
  ['/bin/nothing'],
];
const execs = [['/bin/true'], ['/bin/sleep', '0.02'], ['/bin/sleep', '3600'], ['/bin/nothing']];

/** Drives one shim with real containers, and ends its record with how it ended. @returns that, and its steps */
export async function drive(
  recorded: Recorded,
  options: DriveOptions,
): Promise<{ readonly end: DriveEnd; readonly lines: number }> {
  const { binary, rootfs, record, mutant = 0 } = recorded;
  const subject = new Subject(binary, rootfs, {
    env: { SHIM_STEPS: record, SHIM_STEPS_MUTANT: String(mutant) },
    callTimeoutMs: options.callTimeoutMs ?? callTimeoutMs,
  });
  try {
    const clients = new Clients(subject, record, options);
    if (await comesUp(subject, record)) await clients.run();
    if (!clients.isStuck) await comesToRest(record);
    const end = clients.isStuck ? 'stuck' : await shutDown(subject);
    if (end === 'stuck') killNow(subject.pid);
    await waitUntil(() => !subject.isAlive, endMaxMs, pollMs);
    const lines = linesOf(record) + 1;
    appendFileSync(record, `${JSON.stringify({ k: 'over', how: end })}\n`);
    return { end, lines };
  } finally {
    await subject.end();
  }
}

/** Starts the shim. @returns false where it died while it was asked for its pid @throws Error where it does not serve */
async function comesUp(subject: Subject, record: string): Promise<boolean> {
  try {
    await subject.start('c0');
    return true;
  } catch (error) {
    if (!existsSync(record)) throw error;
    return false;
  }
}

/** Its exit loop may be behind the last answer, and at Shutdown the judge asks for what is due. */
async function comesToRest(record: string): Promise<void> {
  let [lines, since] = [-1, 0];
  const isStill = (): boolean => {
    const now = linesOf(record);
    if (now !== lines) [lines, since] = [now, performance.now()];
    return performance.now() - since >= stillMs;
  };
  await waitUntil(isStill, stillMaxMs, pollMs);
}

async function shutDown(subject: Subject): Promise<DriveEnd> {
  if (!subject.isAlive) return 'died';
  await subject.shutdown().catch(() => undefined);
  return (await waitUntil(() => !subject.isAlive, endMaxMs, pollMs)) ? 'ended' : 'stuck';
}

/** The clients of one shim, each with a container at a time. */
class Clients {
  isStuck = false;
  readonly #subject: Subject;
  readonly #record: string;
  readonly #options: DriveOptions;
  readonly #next: () => number;
  readonly #deleted: Set<string> = new Set();
  #numContainers = 1;

  constructor(subject: Subject, record: string, options: DriveOptions) {
    this.#subject = subject;
    this.#record = record;
    this.#options = options;
    this.#next = random(options.seed);
  }

  async run(): Promise<void> {
    const { clients, linesMax, timeMaxMs = Number.POSITIVE_INFINITY } = this.#options;
    const begin = performance.now();
    const goesOn = (): boolean =>
      this.#subject.isAlive &&
      !this.isStuck &&
      linesOf(this.#record) < linesMax &&
      performance.now() - begin < timeMaxMs;
    const one = async (): Promise<void> => {
      while (goesOn()) await this.#container(`c${this.#numContainers++}`);
    };
    await Promise.all(Array.from({ length: clients }, one));
  }

  /** A container from its Create to its Delete. */
  async #container(c: string): Promise<void> {
    const isShared = this.#chance(0.5);
    const args = this.#oneOf(inits);
    this.#subject.configure(c, ({ linux, process }) => {
      process.args = args;
      if (isShared) linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'pid');
    });
    if (!(await this.#try(this.#subject.create(c)))) return;
    // It ends nothing: this container is there.
    if (this.#chance(0.2)) await this.#try(this.#subject.shutdown());
    const pester = Promise.all(Array.from({ length: pestersAtOnce }, () => this.#pester(c)));
    const waits = this.#chance(0.5) ? [this.#wait(c)] : [];
    const before = this.#chance(0.3) ? [this.#exec(c, 'e1')] : [];
    if (this.#chance(0.1)) await this.#try(this.#subject.kill(c, 9));
    const start = this.#try(this.#subject.startProcess(c));
    if (this.#chance(0.5)) await start;
    const isShort = this.#chance(0.3);
    const all = Array.from({ length: isShort ? 1 : 4 }, (_, i) => this.#exec(c, `e${i + 2}`));
    if (this.#chance(0.6)) await this.#pause(100);
    else await Promise.all(all);
    if (this.#chance(0.3)) void this.#delete(c);
    await this.#end(c);
    await Promise.all([start, pester, ...before, ...all]);
    await this.#end(c);
    // An init that was deleted before its start leaves its Wait alone.
    if (await start) await this.#due(waits);
    if (this.#deleted.has(c) && this.#subject.isAlive) await this.#due([this.#published(c)]);
    if (!this.isStuck) this.#subject.forget(c);
  }

  /** Calls that need no runtime: each is refused, or waits for what has ended. */
  async #pester(c: string): Promise<void> {
    const { cheap = 0 } = this.#options;
    for (let i = 0; i < cheap && !this.#deleted.has(c) && !this.isStuck && this.#subject.isAlive; i++) {
      const which = this.#next();
      // e7 is never added.
      if (which < 0.3) await this.#try(this.#subject.startProcess(c, 'e7'));
      else if (which < 0.5) await this.#try(this.#subject.kill(c, 9, 'e7'));
      else if (which < 0.65) await this.#try(this.#subject.delete(c, 'e7'));
      else if (which < 0.8) await this.#delete(c);
      else if (which < 0.85)
        await this.#try(this.#subject.kill(c, 9, `e${1 + Math.floor(this.#next() * 6)}`));
      else await this.#try(this.#subject.wait(c, 'e7'));
    }
  }

  /** Kills an init until it can be deleted. */
  async #end(c: string): Promise<void> {
    if (this.#deleted.has(c)) return;
    for (let i = 0; i < 200 && this.#subject.isAlive && !this.isStuck; i++) {
      if (i % 20 === 0) await this.#try(this.#subject.kill(c, 9));
      await this.#delete(c);
      if (this.#deleted.has(c)) return;
      await this.#pause(10);
    }
  }

  async #delete(c: string): Promise<void> {
    if (await this.#try(this.#subject.delete(c))) this.#deleted.add(c);
  }

  /** An exec from its Exec to its Delete, with calls that come too early or too late. */
  async #exec(c: string, e: string): Promise<void> {
    if (!(await this.#try(this.#subject.exec(c, e, this.#oneOf(execs))))) return;
    // The model has no id that is used again after its Delete.
    if (this.#chance(0.4)) await this.#try(this.#subject.exec(c, e, ['/bin/true']));
    const wait = this.#wait(c, e);
    if (this.#chance(0.2)) void this.#try(this.#subject.kill(c, 9, e));
    const start = this.#try(this.#subject.startProcess(c, e));
    if (this.#chance(0.3)) void this.#try(this.#subject.delete(c, e));
    const hasStarted = await start;
    for (let i = 0; i < 6; i++) {
      if (this.#chance(0.3)) await this.#try(this.#subject.kill(c, 9, e));
      void this.#try(this.#subject.delete(c, e));
    }
    await this.#try(this.#subject.kill(c, 9, e));
    if (hasStarted) await this.#due([wait]);
    await this.#try(this.#subject.delete(c, e));
  }

  /** Whether a call was answered, and not refused. */
  async #try(call: Promise<unknown>): Promise<boolean> {
    try {
      await call;
      return true;
    } catch (error) {
      if (error instanceof StatusError && error.code === code.deadlineExceeded) this.isStuck = true;
      return false;
    }
  }

  /** A Wait may take as long as its process. */
  async #wait(c: string, execId = ''): Promise<void> {
    const { ProcessRequestSchema, WaitResponseSchema } = task;
    await this.#try(
      this.#subject.call('Wait', ProcessRequestSchema, WaitResponseSchema, { id: c, execId }, noTimeout),
    );
  }

  /** Until its TaskDelete has come; never where the shim has died. */
  async #published(c: string): Promise<void> {
    const { callTimeoutMs: timeoutMs = callTimeoutMs } = this.#options;
    const isDelete = (e: { topic: string; container: string }): boolean =>
      e.topic === '/tasks/delete' && e.container === c;
    await this.#subject.events.wait(`TaskDelete of ${c}`, isDelete, 2 * timeoutMs).catch(() => undefined);
  }

  /** What is due by now. */
  async #due(waits: readonly Promise<unknown>[]): Promise<void> {
    const { callTimeoutMs: timeoutMs = callTimeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(true), timeoutMs);
    });
    if ((await Promise.race([late, Promise.all(waits)])) === true) this.isStuck = true;
    clearTimeout(timer);
  }

  #pause(maxMs: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#next() * maxMs));
  }

  #chance(share: number): boolean {
    return this.#next() < share;
  }

  #oneOf<T>(all: readonly T[]): T {
    return all[Math.floor(this.#next() * all.length)] as T;
  }
}

/** The steps of the last shim in a record, as its last line numbers them. */
function linesOf(record: string): number {
  if (!existsSync(record)) return 0;
  const file = openSync(record, 'r');
  const buffer = Buffer.alloc(4096);
  const { size } = fstatSync(file);
  const length = readSync(file, buffer, 0, buffer.length, Math.max(0, size - buffer.length));
  closeSync(file);
  const numbers = [...buffer.toString('utf8', 0, length).matchAll(/\n\{"n":(\d+)/g)];
  return Number(numbers.at(-1)?.[1] ?? 0);
}
