import * as task from '../../wire/proto/gen/task_pb.ts';
import type { Services } from '../../wire/ttrpc/server.ts';
import type { Driver } from '../driver/driver.ts';
import type { OomWatch } from '../linux/oom.ts';
import { Lookup } from './lookup.ts';
import { unary } from './messages.ts';
import { OrderedCalls } from './ordered-calls.ts';
import type { Publisher } from './publisher.ts';
import { UnorderedCalls } from './unordered-calls.ts';

/** What the service needs of the shim. */
export interface ShimParts {
  readonly namespace: string;
  readonly publisher: Publisher;
  readonly driver: Driver;
  readonly oom: OomWatch;
}

/** `containerd.task.v2.Task` and, with the same messages, `v3`. */
export function taskServices({ namespace, publisher, driver, oom }: ShimParts): Services {
  const lookup = new Lookup(driver);
  const ordered = new OrderedCalls(namespace, driver, lookup, oom);
  const unordered = new UnorderedCalls(driver, lookup, publisher);
  const process = task.ProcessRequestSchema;
  const empty = task.EmptySchema;
  const methods = {
    Create: unary(task.CreateTaskRequestSchema, task.CreateTaskResponseSchema, (r, client) =>
      ordered.create(r, client),
    ),
    Start: unary(process, task.StartResponseSchema, (r, client) => ordered.start(r, client)),
    Exec: unary(task.ExecProcessRequestSchema, empty, (r) => ordered.exec(r)),
    Kill: unary(task.KillRequestSchema, empty, (r, client) => ordered.kill(r, client)),
    Wait: unary(process, task.WaitResponseSchema, (r, client) => ordered.wait(r, client)),
    Delete: unary(process, task.DeleteResponseSchema, (r, client) => ordered.delete(r, client)),
    Shutdown: unary(task.ShutdownRequestSchema, empty, () => ordered.shutdown()),
    State: unary(process, task.StateResponseSchema, (r) => unordered.state(r)),
    Pids: unary(process, task.PidsResponseSchema, (r, client) => unordered.pids(r, client)),
    Pause: unary(process, empty, (r, client) => unordered.pause(r, client)),
    Resume: unary(process, empty, (r, client) => unordered.resume(r, client)),
    Checkpoint: unary(task.CheckpointTaskRequestSchema, empty, (r, client) =>
      unordered.checkpoint(r, client),
    ),
    ResizePty: unary(task.ResizePtyRequestSchema, empty, (r) => unordered.resize(r)),
    CloseIO: unary(task.CloseIORequestSchema, empty, (r) => unordered.closeIo(r)),
    Update: unary(task.UpdateTaskRequestSchema, empty, (r, client) => unordered.update(r, client)),
    Stats: unary(process, task.StatsResponseSchema, (r) => unordered.stats(r)),
    Connect: unary(process, task.ConnectResponseSchema, (r) => unordered.connect(r)),
  };
  return { 'containerd.task.v2.Task': methods, 'containerd.task.v3.Task': methods };
}
