import { rmSync } from 'node:fs';
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

/** Serves TTRPC_ADDRESS, as containerd does: takes a shim's events and keeps their order. */
export class EventsServer {
  readonly address: string;
  readonly seen: ForwardedEvent[] = [];
  /** How long it takes with each answer, in milliseconds. */
  answerAfterMs = 0;
  /** Called with each Forward before it is taken; what it throws is the answer. */
  onForward: () => void = () => undefined;
  /** Called with each event of a task, in words. */
  onEvent: (text: string) => void = () => undefined;
  readonly #server: ReturnType<typeof serveTtrpc>;
  readonly #waiting = new Set<() => void>();

  constructor(path: string) {
    this.address = path;
    this.#server = serveTtrpc({
      'containerd.services.events.ttrpc.v1.Events': {
        Forward: async (payload) => {
          this.onForward();
          this.#take(payload);
          if (this.answerAfterMs > 0) await sleep(this.answerAfterMs);
          return new Uint8Array();
        },
      },
    });
  }

  listen(): Promise<void> {
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

  #take(payload: Uint8Array): void {
    const { envelope } = fromBinary(ForwardRequestSchema, payload);
    const schema = schemas.find(({ typeName }) => typeName === envelope?.event?.typeUrl);
    if (!envelope?.event || !schema) return;
    const event = fromBinary(schema, envelope.event.value) as unknown as TaskFields;
    const container = event.containerId ?? '';
    const exec = event.execId ?? (event.id === container ? '' : (event.id ?? ''));
    const { pid = 0, exitStatus = 0 } = event;
    const { namespace, topic } = envelope;
    this.seen.push({ namespace, topic, container, exec, pid, exitStatus, atMs: performance.now() });
    const name = topicOf(topic);
    if (name)
      this.onEvent(
        observedText({ namespace, topic: name, container, exec, pid, exitStatus, at: '', timeUs: null }),
      );
    for (const wake of this.#waiting) wake();
  }
}
