import type { MessageInitShape } from '@bufbuild/protobuf';
import * as events from '../../wire/proto/gen/events_pb.ts';
import { ProcessDetailsSchema } from '../../wire/proto/gen/runc_pb.ts';
import type * as task from '../../wire/proto/gen/task_pb.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { checkpointContainer } from '../container/checkpoint.ts';
import { inTurn } from '../container/container.ts';
import type { Driver } from '../driver/driver.ts';
import { metricsOf } from '../linux/metrics.ts';
import { asGoRunc, runtimeError } from './errors.ts';
import type { Lookup } from './lookup.ts';
import { bareAny, exitFields } from './messages.ts';
import type { Publisher } from './publisher.ts';

const statusOf = { none: 0, created: 1, running: 2, stopped: 3, deleted: 3 } as const;
const paused = 4;

/** The calls of the Task API that the reducer does not order. They leave its state as it is. */
export class UnorderedCalls {
  readonly #driver: Driver;
  readonly #lookup: Lookup;
  readonly #publisher: Publisher;

  constructor(driver: Driver, lookup: Lookup, publisher: Publisher) {
    this.#driver = driver;
    this.#lookup = lookup;
    this.#publisher = publisher;
  }

  state(r: task.ProcessRequest): MessageInitShape<typeof task.StateResponseSchema> {
    const process = this.#lookup.process(r);
    const { bundle, isPaused } = this.#lookup.container(r.id);
    const status = statusOf[this.#driver.stateOf(r)];
    return {
      // As upstream: the id of the process, and no execId.
      id: r.execId || r.id,
      bundle,
      pid: this.#driver.pidOf(r),
      status: isPaused && status === statusOf.running ? paused : status,
      ...process.stdio,
      ...exitFields(process),
    };
  }

  async pids(
    { id }: task.ProcessRequest,
    client: AbortSignal,
  ): Promise<MessageInitShape<typeof task.PidsResponseSchema>> {
    const { runc, processes } = this.#lookup.container(id);
    const out = await runc.run(['ps', '--format', 'json', id], { client }).catch(asGoRunc);
    const execIds = [...processes.keys()].filter((execId) => execId !== '');
    const byPid = new Map(execIds.map((execId) => [this.#driver.pidOf({ id, execId }), execId]));
    const pids = (JSON.parse(out) as number[] | null) ?? [];
    return {
      processes: pids.map((pid) => {
        const execId = byPid.get(pid);
        return execId === undefined ? { pid } : { pid, info: bareAny(ProcessDetailsSchema, { execId }) };
      }),
    };
  }

  async pause({ id }: task.ProcessRequest, client: AbortSignal): Promise<object> {
    await this.#freeze('pause', id, client);
    this.#publisher.publish('/tasks/paused', events.TaskPausedSchema, { containerId: id });
    return {};
  }

  async resume({ id }: task.ProcessRequest, client: AbortSignal): Promise<object> {
    await this.#freeze('resume', id, client);
    this.#publisher.publish('/tasks/resumed', events.TaskResumedSchema, { containerId: id });
    return {};
  }

  #freeze(verb: 'pause' | 'resume', id: string, client: AbortSignal): Promise<void> {
    return inTurn(this.#lookup.container(id), async () => {
      const container = this.#lookup.containerFor(verb, id);
      await container.runc.run([verb, id], { client }).catch((error: Error) => {
        throw runtimeError(`OCI runtime ${verb} failed`, { error });
      });
      container.isPaused = verb === 'pause';
    });
  }

  async checkpoint(r: task.CheckpointTaskRequest, client: AbortSignal): Promise<object> {
    const { id: containerId, path: checkpoint } = r;
    const container = this.#lookup.containerFor('checkpoint', containerId);
    await checkpointContainer(container, r, client).catch((cause: Error) => {
      throw new StatusError(code.unknown, cause.message, { cause });
    });
    this.#publisher.publish('/tasks/checkpointed', events.TaskCheckpointedSchema, {
      containerId,
      checkpoint,
    });
    return {};
  }

  resize(r: task.ResizePtyRequest): object {
    const { terminal } = this.#lookup.process(r);
    if (r.execId !== '' && this.#driver.stateOf(r) === 'stopped')
      throw new StatusError(code.unknown, 'cannot resize a stopped container');
    terminal?.resize(r.width, r.height);
    return {};
  }

  closeIo(r: task.CloseIORequest): object {
    const { opened, terminal } = this.#lookup.process(r);
    if (r.stdin) {
      opened?.closeInput();
      terminal?.closeInput();
    }
    return {};
  }

  async update(r: task.UpdateTaskRequest, client: AbortSignal): Promise<object> {
    const { runc } = this.#lookup.containerFor('update', r.id);
    await runc.update(r.id, Buffer.from(r.resources?.value ?? []), client).catch(asGoRunc);
    return {};
  }

  stats({ id }: task.ProcessRequest): MessageInitShape<typeof task.StatsResponseSchema> {
    const cgroups = this.#lookup.cgroups(this.#lookup.container(id));
    if (!cgroups) throw new StatusError(code.notFound, 'cgroup does not exist: not found');
    const { schema, metrics } = metricsOf(cgroups);
    return { stats: bareAny(schema, metrics) };
  }

  connect({ id }: task.ProcessRequest): MessageInitShape<typeof task.ConnectResponseSchema> {
    return { shimPid: process.pid, taskPid: this.#driver.pidOf({ id, execId: '' }), version: '' };
  }
}
