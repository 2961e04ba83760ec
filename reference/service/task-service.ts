import { constants } from 'node:os';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { containerOf, isInit, type ProcessId } from '../../spec/index.ts';
import * as events from '../../wire/proto/gen/events_pb.ts';
import { ProcessDetailsSchema } from '../../wire/proto/gen/runc_pb.ts';
import * as task from '../../wire/proto/gen/task_pb.ts';
import type { Services } from '../../wire/ttrpc/server.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { readConfig } from '../container/bundle.ts';
import { mountRootfs, unmountRootfs } from '../container/mounts.ts';
import { ioOwner, runcOptions, writeOptions } from '../container/options.ts';
import { inWordsOfGoRunc } from '../container/runc.ts';
import type { Driver, Outcome } from '../driver/driver.ts';
import { SharedWaits } from '../driver/shared-waits.ts';
import {
  closeEnds,
  drained,
  inTurn,
  newProcess,
  newTask,
  type Task,
  type TaskProcess,
  thaw,
} from '../driver/tasks.ts';
import { type Cgroups, cgroupsOf, stats } from '../linux/cgroup.ts';
import type { OomWatch } from '../linux/oom.ts';
import { checkpoint } from './checkpoint.ts';
import { asGoRunc, hindrance, killError, refusal, runtimeError } from './errors.ts';
import { validate } from './identifiers.ts';
import {
  bare,
  endOf,
  execIdOf,
  method,
  processOf,
  processSpecOf,
  runtimeOptions,
  stdioOf,
} from './messages.ts';
import type { Publisher } from './publisher.ts';

/** What the shim was started with. */
export interface ShimOptions {
  readonly namespace: string;
  readonly publisher: Publisher;
  readonly driver: Driver;
  readonly oom: OomWatch;
}

const statusOf = { none: 0, created: 1, running: 2, stopped: 3, deleted: 3 } as const;
const paused = 4;

/** `containerd.task.v2.Task` and, with the same messages, `v3`. */
export class TaskService {
  readonly #options: ShimOptions;
  readonly #driver: Driver;
  readonly #waits = new SharedWaits((process, client) => this.#driver.call('wait', process, { client }));

  constructor(options: ShimOptions) {
    this.#options = options;
    this.#driver = options.driver;
  }

  services(): Services {
    const process = task.ProcessRequestSchema;
    const empty = task.EmptySchema;
    const methods = {
      State: method(process, task.StateResponseSchema, (r) => this.#state(r)),
      Create: method(task.CreateTaskRequestSchema, task.CreateTaskResponseSchema, (r, c) =>
        this.#create(r, c),
      ),
      Start: method(process, task.StartResponseSchema, (r, c) => this.#start(r, c)),
      Delete: method(process, task.DeleteResponseSchema, (r, c) => this.#delete(r, c)),
      Pids: method(process, task.PidsResponseSchema, (r, c) => this.#pids(r, c)),
      Pause: method(process, empty, (r, c) => this.#freeze(r.id, 'pause', c)),
      Resume: method(process, empty, (r, c) => this.#freeze(r.id, 'resume', c)),
      Checkpoint: method(task.CheckpointTaskRequestSchema, empty, (r, c) => this.#checkpoint(r, c)),
      Kill: method(task.KillRequestSchema, empty, (r, c) => this.#kill(r, c)),
      Exec: method(task.ExecProcessRequestSchema, empty, (r) => this.#exec(r)),
      ResizePty: method(task.ResizePtyRequestSchema, empty, (r) => this.#resize(r)),
      CloseIO: method(task.CloseIORequestSchema, empty, (r) => this.#closeIo(r)),
      Update: method(task.UpdateTaskRequestSchema, empty, (r, c) => this.#update(r, c)),
      Wait: method(process, task.WaitResponseSchema, (r, c) => this.#wait(r, c)),
      Stats: method(process, task.StatsResponseSchema, (r) => this.#stats(r)),
      Connect: method(process, task.ConnectResponseSchema, (r) => this.#connect(r)),
      Shutdown: method(task.ShutdownRequestSchema, empty, () => this.#shutdown()),
    };
    return { 'containerd.task.v2.Task': methods, 'containerd.task.v3.Task': methods };
  }

  async #create(r: task.CreateTaskRequest, client: AbortSignal): Promise<{ pid: number }> {
    const id = validate('the container id', r.id);
    if (r.checkpoint !== '')
      throw new StatusError(code.unimplemented, 'restoring a checkpoint is not supported by this shim');
    if (this.#driver.tasks.has(id))
      throw new StatusError(code.alreadyExists, `container ${id}: already exists`);
    const { sharedPidNamespace } = readConfig(r.bundle);
    const { namespace } = this.#options;
    const asked = runtimeOptions(r.options);
    const options = runcOptions(r.bundle, namespace, asked);
    writeOptions(r.bundle, options);
    const found = newTask({ id, namespace, bundle: r.bundle, rootfs: r.rootfs }, options, ioOwner(asked));
    found.processes.set(id, newProcess(stdioOf(r), ''));
    this.#driver.tasks.set(id, found);
    try {
      await mountRootfs(r.bundle, r.rootfs);
    } catch (error) {
      this.#driver.tasks.delete(id);
      throw error;
    }
    this.#driver.machine.admit({ type: 'Admit', container: id, sharedPidNamespace });
    const outcome = await this.#driver.call('create', id, { client });
    if (!outcome.isAnswered) {
      await unmountRootfs(r.bundle);
      throw runtimeError('OCI runtime create failed', outcome);
    }
    return { pid: this.#pidOf(id) };
  }

  async #start(r: task.ProcessRequest, client: AbortSignal): Promise<{ pid: number }> {
    const process = processOf(r);
    const state = this.#wordFor(process);
    const started = this.#driver.call('start', process, { client });
    // While runc runs, which has not let the init go on yet.
    if (isInit(process)) setImmediate(() => this.#watchMemory(process));
    check(await started, 'start', r, state);
    return { pid: this.#pidOf(process) };
  }

  async #exec(r: task.ExecProcessRequest): Promise<object> {
    validate('the exec id', r.execId);
    const process = processOf(r);
    const found = this.#task(r.id);
    if (this.#wordFor(r.id) === 'paused')
      throw new StatusError(code.unknown, 'cannot exec in a paused state');
    if (found.processes.has(process))
      throw new StatusError(code.alreadyExists, `id ${r.execId}: already exists`);
    found.processes.set(process, newProcess(stdioOf(r), processSpecOf(r)));
    this.#driver.machine.admit({ type: 'Admit', exec: process });
    const state = this.#stateOf(r.id);
    check(await this.#driver.call('exec', process), 'exec', r, state);
    return {};
  }

  async #delete(
    r: task.ProcessRequest,
    client: AbortSignal,
  ): Promise<MessageInitShape<typeof task.DeleteResponseSchema>> {
    const process = processOf(r);
    const found = this.#task(r.id);
    const known = this.#process(process);
    const state = this.#wordFor(process);
    const pid = this.#pidOf(process);
    // With the init go execs that nobody has deleted: what is held for them would be held for good.
    const others = isInit(process) ? [...found.processes.values()].filter((each) => each !== known) : [];
    await drained(known);
    check(await this.#driver.call('delete', process, { client }), 'delete', r, state);
    closeEnds(known);
    for (const each of others) void drained(each).then(() => closeEnds(each));
    if (isInit(process)) {
      this.#options.oom.forget(r.id);
      await unmountRootfs(found.bundle);
    }
    return { pid, ...endOf(known) };
  }

  async #wait(
    r: task.ProcessRequest,
    client: AbortSignal,
  ): Promise<MessageInitShape<typeof task.WaitResponseSchema>> {
    const process = processOf(r);
    const known = this.#process(process);
    check(await this.#waits.join(process, client), 'wait', r, this.#stateOf(process));
    return endOf(known);
  }

  async #kill(r: task.KillRequest, client: AbortSignal): Promise<object> {
    const process = processOf(r);
    const state = this.#stateOf(process);
    // As upstream: an exec has no others.
    if (r.all && r.execId === '') {
      const { runc } = this.#task(r.id);
      await runc.run(['kill', '--all', r.id, String(r.signal)], { client }).catch((error: Error) => {
        throw killError(inWordsOfGoRunc(error));
      });
      return {};
    }
    const outcome = await this.#driver.call('kill', process, { signal: r.signal, client });
    if (outcome.error) throw killError(outcome.error.message, r.execId);
    check(outcome, 'kill', r, state);
    if (r.signal === constants.signals.SIGKILL && isInit(process)) await thaw(this.#task(r.id));
    return {};
  }

  #state(r: task.ProcessRequest): MessageInitShape<typeof task.StateResponseSchema> {
    const process = processOf(r);
    const known = this.#process(process);
    const { bundle, isPaused } = this.#task(r.id);
    const status = statusOf[this.#stateOf(process)];
    return {
      // As upstream: the id of the process, and no execId.
      id: r.execId || r.id,
      bundle,
      pid: this.#pidOf(process),
      status: isPaused && status === statusOf.running ? paused : status,
      ...known.stdio,
      ...endOf(known),
    };
  }

  async #pids(
    { id }: task.ProcessRequest,
    client: AbortSignal,
  ): Promise<MessageInitShape<typeof task.PidsResponseSchema>> {
    const found = this.#task(id);
    const out = await found.runc.run(['ps', '--format', 'json', id], { client }).catch(asGoRunc);
    const execs = new Map(
      [...found.processes.keys()].filter((p) => !isInit(p)).map((p) => [this.#pidOf(p), execIdOf(p)]),
    );
    const processes = ((JSON.parse(out) as number[] | null) ?? []).map((pid) => {
      const execId = execs.get(pid);
      return execId === undefined ? { pid } : { pid, info: bare(ProcessDetailsSchema, { execId }) };
    });
    return { processes };
  }

  /** Pause or Resume. */
  #freeze(id: string, verb: 'pause' | 'resume', client: AbortSignal): Promise<object> {
    return inTurn(this.#task(id), async () => {
      const found = this.#able(id, verb);
      await found.runc.run([verb, id], { client }).catch((error: Error) => {
        throw runtimeError(`OCI runtime ${verb} failed`, { error });
      });
      found.isPaused = verb === 'pause';
      const { publisher } = this.#options;
      if (found.isPaused) publisher.publish('/tasks/paused', events.TaskPausedSchema, { containerId: id });
      else publisher.publish('/tasks/resumed', events.TaskResumedSchema, { containerId: id });
      return {};
    });
  }

  async #checkpoint(r: task.CheckpointTaskRequest, client: AbortSignal): Promise<object> {
    const found = this.#able(r.id, 'checkpoint');
    await checkpoint(found, r, client);
    this.#options.publisher.publish('/tasks/checkpointed', events.TaskCheckpointedSchema, {
      containerId: r.id,
      checkpoint: r.path,
    });
    return {};
  }

  #resize(r: task.ResizePtyRequest): object {
    const { terminal } = this.#process(processOf(r));
    if (r.execId !== '' && this.#stateOf(processOf(r)) === 'stopped')
      throw new StatusError(code.unknown, 'cannot resize a stopped container');
    terminal?.resize(r.width, r.height);
    return {};
  }

  #closeIo(r: task.CloseIORequest): object {
    const known = this.#process(processOf(r));
    if (r.stdin) {
      known.opened?.closeInput();
      known.terminal?.closeInput();
    }
    return {};
  }

  async #update(r: task.UpdateTaskRequest, client: AbortSignal): Promise<object> {
    const found = this.#able(r.id, 'update');
    await found.runc.update(r.id, Buffer.from(r.resources?.value ?? []), client).catch(asGoRunc);
    return {};
  }

  #stats({ id }: task.ProcessRequest): MessageInitShape<typeof task.StatsResponseSchema> {
    const cgroups = this.#cgroupsOf(this.#task(id));
    if (!cgroups) throw new StatusError(code.notFound, 'cgroup does not exist: not found');
    const { schema, metrics } = stats(cgroups);
    return { stats: bare(schema, metrics) };
  }

  #connect({ id }: task.ProcessRequest): MessageInitShape<typeof task.ConnectResponseSchema> {
    return { shimPid: process.pid, taskPid: this.#driver.tasks.has(id) ? this.#pidOf(id) : 0, version: '' };
  }

  async #shutdown(): Promise<object> {
    await Promise.race([this.#driver.call('shutdown', 'shim'), this.#driver.ended]);
    return {};
  }

  /** @throws StatusError notFound where the shim does not serve the container */
  #task(id: string): Task {
    const found = this.#driver.tasks.get(id);
    if (!found || !this.#driver.knows(id))
      throw new StatusError(code.notFound, 'container not created: not found');
    return found;
  }

  /** @throws StatusError where the container is in no state for it */
  #able(id: string, verb: 'pause' | 'resume' | 'checkpoint' | 'update'): Task {
    const found = this.#task(id);
    const why = hindrance(verb, this.#wordFor(id));
    if (why !== null) throw new StatusError(code.unknown, why);
    return found;
  }

  /** @throws StatusError notFound where the container does not have the process */
  #process(process: ProcessId): TaskProcess {
    const known = this.#task(containerOf(process)).processes.get(process);
    if (known && this.#driver.knows(process)) return known;
    throw new StatusError(code.notFound, `process does not exist ${execIdOf(process)}: not found`);
  }

  #stateOf(process: ProcessId): keyof typeof statusOf {
    return this.#driver.machine.state.processes[process]?.state ?? 'none';
  }

  #watchMemory(id: string): void {
    const found = this.#driver.tasks.get(id);
    const cgroups = found && this.#cgroupsOf(found);
    if (cgroups) this.#options.oom.watch(id, cgroups);
  }

  /** They outlive the init, whose entry in /proc does not. */
  #cgroupsOf(found: Task): Cgroups | null {
    // The pid of one that has ended may be another's.
    if (this.#stateOf(found.id) !== 'stopped') found.cgroups ??= cgroupsOf(this.#pidOf(found.id));
    return found.cgroups;
  }

  /** The state in upstream's words. */
  #wordFor(process: ProcessId): string {
    const state = this.#stateOf(process);
    return state === 'running' && this.#driver.tasks.get(process)?.isPaused ? 'paused' : state;
  }

  #pidOf(process: ProcessId): number {
    return this.#driver.machine.state.processes[process]?.pid ?? 0;
  }
}

function check(outcome: Outcome, verb: string, r: { id: string; execId: string }, state: string): void {
  if (!outcome.isAnswered) throw refusal(outcome, verb, r, state);
}
