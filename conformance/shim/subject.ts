import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  writeFileSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { GrpcClient } from '../../wire/grpc/client.ts';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { TtrpcClient } from '../../wire/ttrpc/client.ts';
import type { StartInput } from './bootstrap.ts';
import { type Config, changeConfig, makeBundle } from './bundle.ts';
import { createOptions } from './create-options.ts';
import { EventsServer, type ForwardedEvent } from './events-server.ts';
import { eventsSocket, Janitor } from './janitor.ts';
import { waitUntil } from './polling.ts';
import { cgroupsBelow, isRunning, killNow, outputOf } from './processes.ts';
import { type ActionOptions, runDelete, type Started, startShim } from './shim-action.ts';
import { type StdioOf, TaskClient, type TaskServiceName } from './task-client.ts';

/** How long each of the last calls to a shim may take. */
const endMaxMs = 1_500;
/** How much is kept of a shim's log, at least, in characters; a shim may write for ever. */
const logMax = 4 * 1024 ** 2;
const runMaxMs = 10_000;
const shutdownMaxMs = 5_000;
const shutdownPollMs = 50;

/** How a subject is run. */
export interface SubjectOptions {
  /** A new folder of its own. Default: one below the system's folder for temporary files. */
  readonly folder?: string;
  /** The OCI runtime that it is to use. Default: runc. */
  readonly runtime?: string;
  /** The shim's own configuration, in TOML, where it does not take runc's options. Default: null. */
  readonly config?: string | null;
  /** Default: the version that the shim serves. */
  readonly service?: TaskServiceName;
  /** What the action `start` gets on standard input. Default: what containerd 2.3 writes, or else what older ones do. */
  readonly startInput?: StartInput;
  /** How long a call may take, in milliseconds. Default: a minute. */
  readonly callTimeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * The shim under test, started as containerd starts it, with an events server of its own. It needs root, and no
 * containerd.
 */
export class Subject extends TaskClient {
  /** Holds everything of it, and is removed with it. */
  readonly folder: string;
  readonly events: EventsServer;
  /** What the shim wrote to its log, the end of it. */
  log = '';
  /** How it was started, and what it answered; null until then. */
  started: Started | null = null;
  /** The serving process. */
  pid = 0;
  readonly #binary: string;
  /** The folder with the programs that the containers run. */
  readonly rootfs: string;
  readonly #options: SubjectOptions;
  readonly #containers: string[] = [];
  readonly #logs: Socket[] = [];
  readonly #janitor: Janitor;
  #isGone = false;

  /** @param rootfs a folder with the programs that the containers run */
  constructor(binary: string, rootfs: string, options: SubjectOptions = {}) {
    super(options.callTimeoutMs);
    this.#binary = binary;
    this.rootfs = rootfs;
    this.#options = options;
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), 'shim-spec-subject-'));
    this.events = new EventsServer(eventsSocket(this.folder));
    this.#janitor = new Janitor(this.folder);
  }

  /**
   * Starts the shim for container `id`.
   *
   * @returns how it was started, and which service it serves
   * @throws Error with what it printed where it does not come up
   */
  async start(id: string): Promise<{ readonly started: Started; readonly service: TaskServiceName }> {
    await this.events.listen();
    const bundle = this.bundle(id);
    this.#readLog(join(bundle, 'log'));
    const { startInput } = this.#options;
    this.started = await startShim(this.#binary, this.#actionOptions(id), startInput && [startInput]);
    const { address, version, protocol } = this.started;
    writeFileSync(join(this.folder, 'address'), address);
    this.client =
      protocol === 'grpc' ? await GrpcClient.connect(address) : await TtrpcClient.connect(address);
    void this.client.closed.then(() => {
      this.#isGone = true;
    });
    this.service = this.#options.service ?? (await this.servedVersion(version));
    this.pid = await this.#askPid(id);
    return { started: this.started, service: this.service };
  }

  /**
   * Runs the action `start` for another container, as containerd does for each of a group.
   *
   * @returns the address that it answered: this shim's, where it is the same group's
   */
  async startAnother(id: string): Promise<string> {
    const bundle = this.bundle(id);
    this.#readLog(join(bundle, 'log'));
    const { address } = await startShim(
      this.#binary,
      this.#actionOptions(id),
      this.started ? [this.started.input] : undefined,
    );
    if (address !== this.address) appendFileSync(join(this.folder, 'sockets'), `${address}\n`);
    return address;
  }

  /** The path of the shim's socket; empty before it has started. */
  get address(): string {
    return this.started?.address ?? '';
  }

  /** Whether the serving process runs. */
  get isAlive(): boolean {
    // Its connection ends with it; a later process may have its pid.
    return !this.#isGone && isRunning(this.pid);
  }

  /** The bundle of a container: config.json, rootfs, work and the FIFO log. Makes it where there is none. */
  bundle(id: string): string {
    const bundle = join(this.folder, id);
    if (this.#containers.includes(id)) return bundle;
    mkdirSync(join(bundle, 'work'), { recursive: true });
    execFileSync('mkfifo', [join(bundle, 'log')]);
    makeBundle(bundle, {
      rootfs: this.rootfs,
      cgroupsPath: `/${basename(this.folder)}/${id}`,
      args: ['/bin/sleep', '3600'],
    });
    this.#containers.push(id);
    return bundle;
  }

  /** Changes a container's config.json; call it before its Create. */
  configure(id: string, change: (config: Config) => void): void {
    changeConfig(this.bundle(id), change);
  }

  create(id: string, stdio: StdioOf = {}): Promise<MessageShape<typeof task.CreateTaskResponseSchema>> {
    const { runtime = 'runc', config = null } = this.#options;
    const options = createOptions(this.folder, runtime, config);
    const request = { id, bundle: this.bundle(id), ...stdio, options };
    return this.call('Create', task.CreateTaskRequestSchema, task.CreateTaskResponseSchema, request);
  }

  /** A container was deleted: nothing of it is left to {@link end}, which removes its bundle with the folder. */
  forget(id: string): void {
    this.#containers.splice(this.#containers.indexOf(id), 1);
  }

  /** What is left a while after Shutdown, in words; empty where nothing is. */
  async leftAfterShutdown(): Promise<string[]> {
    const left = (): string[] => [
      ...(this.isAlive ? [`the shim runs on as pid ${this.pid}`] : []),
      ...(existsSync(this.address) ? [`the socket ${this.address}`] : []),
      ...cgroupsBelow(basename(this.folder)).map((cgroup) => `the cgroup ${cgroup}`),
    ];
    await waitUntil(() => left().length === 0, shutdownMaxMs, shutdownPollMs);
    return left();
  }

  /** Kills and deletes what is left, ends the shim, and removes every trace of it. */
  async end(): Promise<void> {
    if (this.isAlive && !(await this.#isResponsive())) killNow(this.pid);
    for (const id of this.#containers) await this.#endContainer(id);
    if (this.isAlive) await this.#tryCall('Shutdown', task.ShutdownRequestSchema, {});
    this.client?.close();
    for (const id of this.#containers) await this.runDelete(id).catch(() => undefined);
    await this.events.stop();
    for (const log of this.#logs) log.destroy();
    this.#janitor.sweep();
  }

  async #askPid(id: string): Promise<number> {
    const { ProcessRequestSchema, ConnectResponseSchema } = task;
    const { shimPid } = await this.call('Connect', ProcessRequestSchema, ConnectResponseSchema, { id });
    if (shimPid > 1) return shimPid;
    throw new Error(`the shim's Connect names no process (got shim_pid ${shimPid}, allowed its own pid)`);
  }

  /** Whether it answers at all; a stuck one is killed, for each of its calls would time out. */
  #isResponsive(): Promise<boolean> {
    const [id = ''] = this.#containers;
    const { ProcessRequestSchema, ConnectResponseSchema } = task;
    const asked = this.call('Connect', ProcessRequestSchema, ConnectResponseSchema, { id }, endMaxMs);
    return asked.then(
      () => true,
      () => false,
    );
  }

  async #endContainer(id: string): Promise<void> {
    if (!this.isAlive) return;
    await this.#tryCall('Kill', task.KillRequestSchema, { id, signal: 9, all: true });
    await this.#tryCall('Kill', task.KillRequestSchema, { id, signal: 9 });
    const isExit = (e: ForwardedEvent): boolean =>
      e.topic === '/tasks/exit' && e.container === id && e.exec === '';
    if (this.events.seen.some((e) => e.topic === '/tasks/create' && e.container === id))
      await this.events.wait('exit', isExit, endMaxMs).catch(() => undefined);
    await this.#tryCall('Delete', task.ProcessRequestSchema, { id });
  }

  /** A call that may fail, or time out. */
  async #tryCall<I extends DescMessage>(
    method: string,
    input: I,
    request: MessageInitShape<I>,
  ): Promise<void> {
    await this.call(method, input, task.EmptySchema, request, endMaxMs).catch(() => undefined);
  }

  /** Reads the log FIFO, as containerd does: a shim may wait for its reader. */
  #readLog(path: string): void {
    const log = new Socket({
      fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK),
      readable: true,
      writable: false,
    });
    log.on('data', (chunk) => {
      this.log += chunk.toString();
      if (this.log.length > 2 * logMax) this.log = this.log.slice(-logMax);
    });
    this.#logs.push(log);
  }

  /** Runs the shim's binary. @returns what it printed @throws Error where it fails, or takes too long */
  run(args: readonly string[]): Promise<Buffer> {
    const env = { ...process.env, ...this.#options.env, TTRPC_ADDRESS: this.events.address };
    return outputOf(this.#binary, args, { cwd: this.folder, env, timeoutMs: runMaxMs, result: 'stdout' });
  }

  /** Runs the shim's action `delete` for a container. @returns what it printed @throws Error where it fails */
  runDelete(id: string): Promise<Buffer> {
    return runDelete(this.#binary, this.#actionOptions(id));
  }

  #actionOptions(id: string): ActionOptions {
    const env = { ...process.env, ...this.#options.env };
    return { folder: this.folder, id, bundle: this.bundle(id), env };
  }
}
