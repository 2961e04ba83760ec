import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { Event, ProcessId, ProposedAction } from '../../spec/index.ts';
import * as events from '../../wire/proto/gen/events_pb.ts';
import { ForwardRequestSchema } from '../../wire/proto/gen/forward_pb.ts';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { RequestSchema, ResponseSchema } from '../../wire/proto/gen/ttrpc_pb.ts';
import { encodeFrame, FrameDecoder, frameType } from '../../wire/ttrpc/frame.ts';
import { Machine } from '../driver/machine.ts';
import { publishEvent } from '../service/task-events.ts';

export { serve } from '../actions/serve.ts';

const pid = 4_000_000;

/**
 * Takes a container and an exec through their whole course, with a world that answers at once: for V8, which compiles a
 * function when it is called first, so that what it has compiled can be kept. Nothing outside this process is touched.
 */
export function warmUp(): void {
  const machine = new Machine({
    runcStarts: () => undefined,
    callEnds: () => undefined,
    publish: encodeEvent,
    reap: () => undefined,
    killAll: () => undefined,
    kill: () => undefined,
    signal: () => undefined,
    end: () => undefined,
  });
  machine.admit({ type: 'Admit', container: 'c', sharedPidNamespace: false });
  const call = (type: ProposedAction['type'], name: string): void => {
    machine.admit({ type: 'Admit', call: name });
    machine.dispatch({ type, call: name } as ProposedAction);
  };
  const fork = (name: string, its: number): void => {
    machine.admit({ type: 'Admit', pid: its });
    machine.dispatch({ type: 'RuncForks', call: name, pid: its });
    machine.admit({ type: 'Retire', past: its });
    machine.dispatch({ type: 'RuncReturns', call: name });
  };
  const exit = (process: ProcessId, its: number): void => {
    machine.dispatch({ type: 'ProcessExits', process });
    machine.reap(process, its);
  };
  call('ClientCreates', 'create c');
  fork('create c', pid);
  call('ClientStarts', 'start c');
  machine.dispatch({ type: 'RuncReleasesInit', call: 'start c' });
  machine.dispatch({ type: 'RuncReturns', call: 'start c' });
  machine.admit({ type: 'Admit', exec: 'c/e' });
  call('ClientExecs', 'exec c/e');
  call('ClientWaits', 'wait c/e');
  call('ClientStarts', 'start c/e');
  fork('start c/e', pid + 1);
  exit('c/e', pid + 1);
  call('ClientDeletes', 'delete c/e');
  machine.admit({ type: 'Retire', process: 'c/e' });
  call('ClientKills', 'kill c');
  exit('c', pid);
  call('ClientDeletes', 'delete c');
  machine.dispatch({ type: 'RuncReturns', call: 'delete c' });
  machine.admit({ type: 'Retire', process: 'c' });
  codeMessages();
}

function encodeEvent(event: Event): void {
  publishEvent({ publish: (_, schema, message) => void coded(schema, message) }, undefined, event);
}

/** Encodes and decodes a message of each kind that a short-lived container needs. */
function codeMessages(): void {
  const text = 'c';
  const spec = { typeUrl: text, value: new Uint8Array(4) };
  const mount = { type: text, source: text, target: text, options: [text] };
  coded(task.CreateTaskRequestSchema, {
    id: text,
    bundle: text,
    stdout: text,
    rootfs: [mount],
    options: spec,
  });
  coded(task.CreateTaskResponseSchema, { pid });
  coded(task.ExecProcessRequestSchema, { id: text, execId: text, spec });
  coded(task.ProcessRequestSchema, { id: text, execId: text });
  coded(task.StartResponseSchema, { pid });
  coded(task.WaitResponseSchema, { exitStatus: 1, exitedAt: { seconds: 1n, nanos: 1 } });
  coded(task.DeleteResponseSchema, { pid, exitStatus: 1, exitedAt: { seconds: 1n, nanos: 1 } });
  coded(events.TaskExitSchema, { containerId: text, id: text, pid, exitStatus: 1 });
  coded(ForwardRequestSchema, { envelope: { topic: text, namespace: text, event: spec } });
  coded(ResponseSchema, { status: { code: 5, message: text }, payload: new Uint8Array(1) });
  const metadata = [{ key: text, value: text }];
  const request = coded(RequestSchema, { service: text, method: text, timeoutNano: 1n, metadata });
  const frame = encodeFrame({ stream: 1, type: frameType.request, flags: 0, data: request });
  new FrameDecoder().push(frame);
}

function coded<D extends DescMessage>(schema: D, message: MessageInitShape<D>): Uint8Array {
  const bytes = toBinary(schema, create(schema, message));
  fromBinary(schema, bytes);
  return bytes;
}
