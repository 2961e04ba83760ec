import { renameSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromBinary } from '@bufbuild/protobuf';
import * as events from '../../wire/proto/gen/events_pb.ts';
import { ForwardRequestSchema } from '../../wire/proto/gen/forward_pb.ts';
import { serveTtrpc } from '../../wire/ttrpc/server.ts';
import { type ObservedEvent, observedText, topicOf } from '../log/observed.ts';

/** An event that a shim forwarded. */
export interface ForwardedEvent {
  readonly namespace: string;
  readonly topic: string;
  readonly container: string;
  /** Empty for the init. */
  readonly exec: string;
  readonly pid: number;
  /** 0 but for exits and deletes. */
  readonly exitStatus: number;
  /** When it came, in milliseconds of performance.now(). */
  readonly atMs: number;
}

/** The fields of all kinds of task events that matter here. */
interface TaskFields {
  readonly containerId?: string;
  readonly execId?: string;
  readonly id?: string;
  readonly pid?: number;
  readonly exitStatus?: number;
}

const schemas = Object.values(events).filter(
  (each): each is typeof events.TaskExitSchema => typeof each === 'object' && 'typeName' in each,
);

/** No event came in time. */
export class MissingEvent extends Error {
  override readonly name = 'MissingEvent';
  /** Which event, in words; the first is its topic. */
  readonly what: string;

  constructor(what: string, timeoutMs: number) {
    super(`no event ${what} within ${timeoutMs} ms`);
    this.what = what;
  }
}

/** An event that came again, with the same time in its envelope. */
interface RepeatedEvent {
  readonly event: ForwardedEvent;
  /** The newest event when it came again; the event itself where a listener that keeps the last one can tell. */
  readonly last: ForwardedEvent;
}

/** Serves TTRPC_ADDRESS, as containerd does: takes a shim's events and keeps their order. */
export class EventsServer {
  readonly address: string;
  /** Each event once, in the order in which they came first. */
  readonly seen: ForwardedEvent[] = [];
  readonly repeated: RepeatedEvent[] = [];
  /** Called with each event before it is taken; what it throws is the answer. */
  onForward: (event: ForwardedEvent) => void = () => undefined;
  /** How long it takes with the answer to an event that it has taken, in milliseconds. */
  answerAfterMs: (event: ForwardedEvent) => number = () => 0;
  /** Called with each event of a task, in words. */
  onEvent: (text: string) => void = () => undefined;
  /** Called with each event that came again, in words. */
  onRepeated: (text: string) => void = () => undefined;
  readonly #server: ReturnType<typeof serveTtrpc>;
  readonly #waiting = new Set<() => void>();
  /** The events with a time in their envelope, by all that they consist of. */
  readonly #told = new Map<string, ForwardedEvent>();
  #isFrozen = false;

  constructor(path: string) {
    this.address = path;
    this.#server = serveTtrpc({
      'containerd.services.events.ttrpc.v1.Events': {
        Forward: async (payload) => {
          const event = this.#take(payload);
          const afterMs = event ? this.answerAfterMs(event) : 0;
          if (afterMs > 0) await sleep(afterMs);
          return new Uint8Array();
        },
      },
    });
    this.#server.on('connection', (socket: Socket) => {
      if (this.#isFrozen) socket.pause();
    });
  }

  listen(): Promise<void> {
    rmSync(this.address, { force: true });
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.address, resolve);
    });
  }

  /** Waits for an event that `isIt` accepts. @throws MissingEvent where none comes in time */
  async wait(
    what: string,
    isIt: (event: ForwardedEvent) => boolean,
    timeoutMs = 10_000,
  ): Promise<ForwardedEvent> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const found = this.seen.find(isIt);
      if (found) return found;
      const leftMs = end - performance.now();
      if (leftMs <= 0) throw new MissingEvent(what, timeoutMs);
      await this.#next(leftMs);
    }
  }

  /** The task events so far, as the monitor takes them. */
  observed(): ObservedEvent[] {
    return this.seen.flatMap((event, i) => {
      const topic = topicOf(event.topic);
      const hasStatus = topic === 'exit' || topic === 'delete';
      const exitStatus = hasStatus ? event.exitStatus : null;
      return topic === null ? [] : [{ ...event, topic, exitStatus, at: `event ${i + 1}`, timeUs: null }];
    });
  }

  /** Ends the connections, and takes no new one until `listen`. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const connection of this.#server.connections) connection.destroy();
    await closed;
    rmSync(this.address, { force: true });
  }

  /** The same, and leaves the socket, as a server that was killed: who connects is refused. */
  async die(): Promise<void> {
    const kept = `${this.address}.kept`;
    renameSync(this.address, kept);
    await this.stop();
    renameSync(kept, this.address);
  }

  /** Reads nothing until `thaw`, as a server that is stopped by SIGSTOP: the kernel still takes connections and requests. */
  freeze(): void {
    this.#isFrozen = true;
    for (const connection of this.#server.connections) connection.pause();
  }

  /** Goes on where `freeze` has stopped it. */
  thaw(): void {
    this.#isFrozen = false;
    for (const connection of this.#server.connections) connection.resume();
  }

  #next(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#waiting.add(done);
    });
  }

  /** @returns the event; null where it is not of a task */
  #take(payload: Uint8Array): ForwardedEvent | null {
    const { envelope } = fromBinary(ForwardRequestSchema, payload);
    const schema = schemas.find(({ typeName }) => typeName === envelope?.event?.typeUrl);
    if (!envelope?.event || !schema) return null;
    const fields = fromBinary(schema, envelope.event.value) as unknown as TaskFields;
    const container = fields.containerId ?? '';
    const exec = fields.execId ?? (fields.id === container ? '' : (fields.id ?? ''));
    const { pid = 0, exitStatus = 0 } = fields;
    const { namespace, topic } = envelope;
    const event = { namespace, topic, container, exec, pid, exitStatus, atMs: performance.now() };
    this.onForward(event);
    const key = envelope.timestamp ? Buffer.from(payload).toString('latin1') : null;
    const told = key === null ? undefined : this.#told.get(key);
    if (told) this.#repeat(told);
    else this.#add(event, key);
    return event;
  }

  #repeat(event: ForwardedEvent): void {
    this.repeated.push({ event, last: this.seen.at(-1) ?? event });
    this.onRepeated(forwardedText(event));
  }

  #add(event: ForwardedEvent, key: string | null): void {
    this.seen.push(event);
    if (key !== null) this.#told.set(key, event);
    if (topicOf(event.topic)) this.onEvent(forwardedText(event));
    for (const wake of this.#waiting) wake();
  }
}

/** `exec-started c1/e1 pid 12` */
export function forwardedText(event: ForwardedEvent): string {
  const topic = topicOf(event.topic);
  return topic === null ? event.topic : observedText({ ...event, topic, at: '', timeUs: null });
}
