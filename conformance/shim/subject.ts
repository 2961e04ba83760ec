import { execFileSync, spawn } from 'node:child_process';
import {
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { OptionsSchema } from '../../wire/proto/gen/runc_pb.ts';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { TtrpcClient } from '../../wire/ttrpc/client.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { EventsServer, type ForwardedEvent } from './events-server.ts';
import { execMark } from './gate.ts';
import { Janitor, mark } from './janitor.ts';
import { cgroupsBelow, isRunning, killNow, outputOf } from './processes.ts';

const startTimeoutMs = 20_000;
const deleteTimeoutMs = 5_000;
const callTimeoutMs = 10_000;
/** What a shim that is ended has for each call. */
const endMaxMs = 1_500;
const services = ['containerd.task.v2.Task', 'containerd.task.v3.Task'] as const;
export type TaskServiceName = (typeof services)[number];
const namespace = 'shim-spec';
const processSpec = 'types.containerd.io/opencontainers/runtime-spec/1/Process';

/** How a subject is run. */
export interface SubjectOptions {
  /** A new folder of its own. Default: one below the system's. */
  readonly folder?: string;
  /** The OCI runtime that it is to use. Default: runc. */
  readonly runtime?: string;
  /** Default: the one that the shim serves. */
  readonly service?: TaskServiceName;
  /** How long a call may take, in milliseconds. Default: a minute. */
  readonly callTimeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** Where a process's input and outputs go; empty for none. */
export interface StdioOf {
  readonly stdin?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly terminal?: boolean;
}

/** A shim, started as containerd starts it, with an events server of its own. No containerd is needed; root is. */
export class Subject {
  /** Everything of it is in here, and is removed with it. */
  readonly folder: string;
  readonly events: EventsServer;
  /** What the shim wrote to its log. */
  log = '';
  client!: TtrpcClient;
  address = '';
  /** Of the serving process. */
  pid = 0;
  service: TaskServiceName = 'containerd.task.v2.Task';
  readonly #binary: string;
  readonly #rootfs: string;
  readonly #options: SubjectOptions;
  readonly #bundles: string[] = [];
  readonly #logs: Socket[] = [];
  readonly #janitor: Janitor;
  #isGone = false;

  /** @param rootfs a folder with the programs that the containers run */
  constructor(binary: string, rootfs: string, options: SubjectOptions = {}) {
    this.#binary = binary;
    this.#rootfs = rootfs;
    this.#options = options;
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), 'shim-spec-subject-'));
    this.events = new EventsServer(mark(this.folder));
    this.#janitor = new Janitor(this.folder);
  }

  /** Starts the shim for container `id`. @throws Error with what it printed where it does not come up */
  async start(id: string): Promise<void> {
    await this.events.listen();
    const bundle = this.bundle(id);
    this.#readLog(join(bundle, 'log'));
    const printed = await this.#run(id, bundle, ['start']);
    const { address, version } = addressIn(printed);
    this.address = address;
    writeFileSync(join(this.folder, 'address'), address);
    this.client = await TtrpcClient.connect(address);
    void this.client.closed.then(() => {
      this.#isGone = true;
    });
    this.service = this.#options.service ?? (await this.#serviceOf(version));
    const { shimPid } = await this.call('Connect', task.ProcessRequestSchema, task.ConnectResponseSchema, {
      id,
    });
    if (shimPid <= 1)
      throw new Error(`the shim's Connect names no process (got shim_pid ${shimPid}, allowed its own pid)`);
    this.pid = shimPid;
  }

  /** Whether the serving process is there, and is not a zombie. */
  get isAlive(): boolean {
    // Its connection ends with it: a process that has its pid later is another one.
    return !this.#isGone && isRunning(this.pid);
  }

  /** Asks for a method of each version of the service; the shim's own word comes first. */
  async #serviceOf(version: number): Promise<TaskServiceName> {
    for (const service of version >= 3 ? services.toReversed() : services) {
      try {
        await this.client.call(service, 'Connect', new Uint8Array(), { timeoutMs: callTimeoutMs });
        return service;
      } catch (error) {
        if (!(error instanceof StatusError) || error.code !== code.unimplemented) return service;
      }
    }
    throw new Error(`the shim ${this.#binary} serves none of ${services.join(', ')}`);
  }

  /** Makes the bundle of a container: config.json, rootfs, work and the FIFO log. */
  bundle(id: string): string {
    const bundle = join(this.folder, id);
    if (this.#bundles.includes(bundle)) return bundle;
    mkdirSync(join(bundle, 'work'), { recursive: true });
    execFileSync('mkfifo', [join(bundle, 'log')]);
    execFileSync('runc', ['spec', '--bundle', bundle]);
    this.#bundles.push(bundle);
    this.configure(id, (config) => {
      config.root = { path: this.#rootfs, readonly: true };
      config.process.terminal = false;
      config.process.args = ['/bin/sleep', '3600'];
      config.linux.cgroupsPath = `/${basename(this.folder)}/${id}`;
    });
    return bundle;
  }

  /** Changes a bundle's config.json; to be done before its Create. */
  configure(id: string, changes: (config: Config) => void): void {
    const file = join(this.bundle(id), 'config.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as Config;
    changes(config);
    writeFileSync(file, JSON.stringify(config));
  }

  create(id: string, stdio: StdioOf = {}): Promise<MessageShape<typeof task.CreateTaskResponseSchema>> {
    const { runtime = 'runc' } = this.#options;
    const root = join(this.folder, 'runc');
    const options = anyPack(OptionsSchema, create(OptionsSchema, { binaryName: runtime, root }));
    options.typeUrl = OptionsSchema.typeName;
    const request = { id, bundle: this.bundle(id), ...stdio, options };
    return this.call('Create', task.CreateTaskRequestSchema, task.CreateTaskResponseSchema, request);
  }

  startProcess(id: string, execId = ''): Promise<MessageShape<typeof task.StartResponseSchema>> {
    return this.call('Start', task.ProcessRequestSchema, task.StartResponseSchema, { id, execId });
  }

  exec(id: string, execId: string, args: readonly string[], stdio: StdioOf = {}): Promise<unknown> {
    const spec = {
      args,
      cwd: '/',
      env: ['PATH=/bin', `${execMark}=${execId}`],
      terminal: stdio.terminal ?? false,
      user: { uid: 0, gid: 0 },
    };
    const value = Buffer.from(JSON.stringify(spec));
    const request = { id, execId, ...stdio, spec: { typeUrl: processSpec, value } };
    return this.call('Exec', task.ExecProcessRequestSchema, task.EmptySchema, request);
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

  /** What is left a while after Shutdown, in words; empty where nothing is. */
  async leftAfterShutdown(): Promise<string[]> {
    const end = performance.now() + startTimeoutMs / 4;
    const left = (): string[] => [
      ...(this.isAlive ? [`the shim runs on as pid ${this.pid}`] : []),
      ...(existsSync(this.address) ? [`the socket ${this.address}`] : []),
      ...cgroupsBelow(basename(this.folder)).map((cgroup) => `the cgroup ${cgroup}`),
    ];
    while (left().length > 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 50));
    return left();
  }

  shutdown(): Promise<unknown> {
    return this.call('Shutdown', task.ShutdownRequestSchema, task.EmptySchema, {});
  }

  state(id: string, execId = ''): Promise<MessageShape<typeof task.StateResponseSchema>> {
    return this.call('State', task.ProcessRequestSchema, task.StateResponseSchema, { id, execId });
  }

  call<I extends DescMessage, O extends DescMessage>(
    method: string,
    input: I,
    output: O,
    request: MessageInitShape<I>,
    timeoutMs: number = this.#options.callTimeoutMs ?? 60_000,
  ): Promise<MessageShape<O>> {
    const payload = toBinary(input, create(input, request));
    const answer = this.client
      .call(this.service, method, payload, { timeoutMs })
      .then((bytes) => fromBinary(output, bytes));
    // A call may fail while nobody waits for it yet, because the shim has gone: whoever waits then is told.
    answer.catch(() => undefined);
    return answer;
  }

  /** Kills and deletes what is left, ends the shim, and removes every trace of it. */
  async end(): Promise<void> {
    if (this.isAlive && !(await this.#isResponsive())) killNow(this.pid);
    for (const bundle of this.#bundles) await this.#endContainer(bundle.slice(this.folder.length + 1));
    if (this.isAlive) await this.#quick('Shutdown', task.ShutdownRequestSchema, {});
    this.client?.close();
    for (const bundle of this.#bundles)
      await this.#run(bundle.slice(this.folder.length + 1), bundle, ['delete']).catch(() => undefined);
    await this.events.close();
    for (const end of this.#logs) end.destroy();
    this.#janitor.sweep();
  }

  /** Whether it answers at all: one that is stuck is not worth waiting for. */
  async #isResponsive(): Promise<boolean> {
    const [id] = this.#bundles.map((bundle) => basename(bundle));
    if (!this.isAlive || id === undefined) return false;
    const { ProcessRequestSchema, ConnectResponseSchema } = task;
    const asked = this.call('Connect', ProcessRequestSchema, ConnectResponseSchema, { id }, endMaxMs);
    return asked.then(
      () => true,
      () => false,
    );
  }

  async #endContainer(id: string): Promise<void> {
    if (!this.isAlive) return;
    await this.#quick('Kill', task.KillRequestSchema, { id, signal: 9, all: true });
    await this.#quick('Kill', task.KillRequestSchema, { id, signal: 9 });
    const isExit = (e: ForwardedEvent): boolean =>
      e.topic === '/tasks/exit' && e.container === id && e.exec === '';
    if (this.events.seen.some((e) => e.topic === '/tasks/create' && e.container === id))
      await this.events.wait('exit', isExit, endMaxMs).catch(() => undefined);
    await this.#quick('Delete', task.ProcessRequestSchema, { id });
  }

  /** A call whose failure, or silence, is nobody's concern. */
  async #quick<I extends DescMessage>(method: string, input: I, request: MessageInitShape<I>): Promise<void> {
    await this.call(method, input, task.EmptySchema, request, endMaxMs).catch(() => undefined);
  }

  /** Reads the log FIFO, as containerd does: a shim may wait for its reader. */
  #readLog(path: string): void {
    const end = new Socket({
      fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK),
      readable: true,
      writable: false,
    });
    end.on('data', (chunk) => {
      this.log += chunk.toString();
    });
    this.#logs.push(end);
  }

  #run(id: string, bundle: string, action: readonly string[]): Promise<string> {
    const flags = [
      '-namespace',
      namespace,
      '-address',
      join(this.folder, 'containerd.sock'),
      '-publish-binary',
      '/bin/true',
      '-id',
      id,
    ];
    const args = [...flags, ...(action[0] === 'delete' ? ['-bundle', bundle] : []), ...action];
    const env = { ...process.env, ...this.#options.env, TTRPC_ADDRESS: this.events.address, GOMAXPROCS: '2' };
    const timeoutMs = action[0] === 'delete' ? deleteTimeoutMs : startTimeoutMs;
    const child = spawn(this.#binary, args, { cwd: bundle, env, stdio: ['ignore', 'pipe', 'pipe'] });
    return outputOf(child, timeoutMs).catch((error: Error) => {
      throw new Error(`${this.#binary} ${action[0]}: ${error.message}`);
    });
  }
}

/**
 * What the action `start` printed: a bare address, or from 2.0 on JSON of version, address and protocol.
 *
 * @throws Error where it is neither, or another protocol
 */
function addressIn(printed: string): { address: string; version: number } {
  const text = printed.trim();
  const said = text.startsWith('{')
    ? (JSON.parse(text) as { version?: number; address?: string; protocol?: string })
    : { version: 2, address: text, protocol: 'ttrpc' };
  const address = (said.address ?? '').replace(/^unix:\/\//, '');
  if (!address.startsWith('/') || said.protocol !== 'ttrpc')
    throw new Error(`the shim printed no address of a ttrpc socket (got ${text.slice(0, 200)})`);
  return { address, version: said.version ?? 2 };
}

/** The part of an OCI config.json that a test may change. */
export interface Config {
  root: { path: string; readonly: boolean };
  process: { terminal: boolean; args: string[] };
  linux: { cgroupsPath: string; namespaces: { type: string }[]; resources: Record<string, unknown> };
}
