import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import * as task from '../../wire/proto/gen/task_pb.ts';
import type { TtrpcClient } from '../../wire/ttrpc/client.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { execMark } from './gate.ts';

const services = ['containerd.task.v2.Task', 'containerd.task.v3.Task'] as const;
export type TaskServiceName = (typeof services)[number];

const probeTimeoutMs = 10_000;
const callTimeoutMs = 60_000;
const processSpec = 'types.containerd.io/opencontainers/runtime-spec/1/Process';

/** The FIFOs of a process's input and outputs; empty for none. */
export interface StdioOf {
  readonly stdin?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly terminal?: boolean;
}

/** A connection to a shim, by ttrpc or gRPC. */
type UnaryClient = Pick<TtrpcClient, 'call' | 'close' | 'closed'>;

/** Calls a shim's Task service. */
export abstract class TaskClient {
  client!: UnaryClient;
  /** Called with each call, in words; what it returns is called with how the call ended. */
  onCall: (text: string) => (error: Error | null) => void = () => () => undefined;
  service: TaskServiceName = services[0];
  readonly #timeoutMs: number;

  /** @param timeoutMs how long a call may take, in milliseconds; default: a minute */
  constructor(timeoutMs: number = callTimeoutMs) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Asks for a method of each version of the service.
   *
   * @param version what the shim says itself; tried first
   * @throws Error where it serves none
   */
  protected async servedVersion(version: number): Promise<TaskServiceName> {
    for (const service of version >= 3 ? services.toReversed() : services)
      if (await this.#isServed(service)) return service;
    throw new Error(`the shim serves none of ${services.join(', ')}`);
  }

  startProcess(id: string, execId = ''): Promise<MessageShape<typeof task.StartResponseSchema>> {
    return this.call('Start', task.ProcessRequestSchema, task.StartResponseSchema, { id, execId });
  }

  exec(
    id: string,
    execId: string,
    args: readonly string[],
    stdio: StdioOf = {},
    timeoutMs: number = this.#timeoutMs,
  ): Promise<unknown> {
    const spec = {
      args,
      cwd: '/',
      env: ['PATH=/bin', `${execMark}=${execId}`],
      terminal: stdio.terminal ?? false,
      user: { uid: 0, gid: 0 },
    };
    const value = Buffer.from(JSON.stringify(spec));
    const request = { id, execId, ...stdio, spec: { typeUrl: processSpec, value } };
    return this.call('Exec', task.ExecProcessRequestSchema, task.EmptySchema, request, timeoutMs);
  }

  wait(id: string, execId = ''): Promise<MessageShape<typeof task.WaitResponseSchema>> {
    return this.call('Wait', task.ProcessRequestSchema, task.WaitResponseSchema, { id, execId });
  }

  kill(id: string, signal: number, execId = '', all = false): Promise<unknown> {
    return this.call('Kill', task.KillRequestSchema, task.EmptySchema, { id, execId, signal, all });
  }

  delete(id: string, execId = ''): Promise<MessageShape<typeof task.DeleteResponseSchema>> {
    return this.call('Delete', task.ProcessRequestSchema, task.DeleteResponseSchema, { id, execId });
  }

  pause(id: string): Promise<unknown> {
    return this.call('Pause', task.ProcessRequestSchema, task.EmptySchema, { id });
  }

  resume(id: string): Promise<unknown> {
    return this.call('Resume', task.ProcessRequestSchema, task.EmptySchema, { id });
  }

  shutdown(): Promise<unknown> {
    return this.call('Shutdown', task.ShutdownRequestSchema, task.EmptySchema, {});
  }

  state(id: string, execId = ''): Promise<MessageShape<typeof task.StateResponseSchema>> {
    return this.call('State', task.ProcessRequestSchema, task.StateResponseSchema, { id, execId });
  }

  /** Any call. @throws StatusError (the promise) where the shim refuses, is silent for too long, or has gone */
  call<I extends DescMessage, O extends DescMessage>(
    method: string,
    input: I,
    output: O,
    request: MessageInitShape<I>,
    timeoutMs: number = this.#timeoutMs,
  ): Promise<MessageShape<O>> {
    const payload = toBinary(input, create(input, request));
    const onEnd = this.onCall(callText(method, request));
    const answer = this.client
      .call(this.service, method, payload, { timeoutMs })
      .then((bytes) => fromBinary(output, bytes));
    // The shim may end while nobody waits for this answer yet: whoever waits later is told.
    answer.then(() => onEnd(null), onEnd);
    return answer;
  }

  async #isServed(service: TaskServiceName): Promise<boolean> {
    try {
      await this.client.call(service, 'Connect', new Uint8Array(), { timeoutMs: probeTimeoutMs });
      return true;
    } catch (error) {
      return !(error instanceof StatusError) || error.code !== code.unimplemented;
    }
  }
}

/** `Kill c1/e1 signal 9`: a call as reports tell it. */
function callText(method: string, request: object): string {
  const { id, execId, signal } = request as { id?: string; execId?: string; signal?: number };
  const target = [id, execId].filter(Boolean).join('/');
  return [method, target, signal === undefined ? '' : `signal ${signal}`].filter(Boolean).join(' ');
}
