import { execFileSync, spawn } from 'node:child_process';
import { constants, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { OptionsSchema } from '../reference/gen/runc_pb.ts';
import * as task from '../reference/gen/task_pb.ts';
import { TtrpcClient } from '../reference/ttrpc/client.ts';
import { EventsServer } from './events-server.ts';

const startTimeoutMs = 20_000;
const namespace = 'shim-spec';
const processSpec = 'types.containerd.io/opencontainers/runtime-spec/1/Process';

/** How a subject is run. */
export interface SubjectOptions {
  /** The OCI runtime that it is to use. Default: the shim's own. */
  readonly runtime?: string;
  readonly service?: 'containerd.task.v2.Task' | 'containerd.task.v3.Task';
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
  readonly folder: string = mkdtempSync(join(tmpdir(), 'shim-spec-subject-'));
  readonly events: EventsServer = new EventsServer(join(this.folder, 'events.sock'));
  /** What the shim wrote to its log. */
  log = '';
  client!: TtrpcClient;
  address = '';
  readonly #binary: string;
  readonly #rootfs: string;
  readonly #options: SubjectOptions;
  readonly #bundles: string[] = [];
  readonly #logs: Socket[] = [];

  /** @param rootfs a folder with the programs that the containers run */
  constructor(binary: string, rootfs: string, options: SubjectOptions = {}) {
    this.#binary = binary;
    this.#rootfs = rootfs;
    this.#options = options;
  }

  /** Starts the shim for container `id`. @throws Error with what it printed where it does not come up */
  async start(id: string): Promise<void> {
    await this.events.listen();
    const bundle = this.bundle(id);
    this.#readLog(join(bundle, 'log'));
    const printed = await this.#run(id, bundle, ['start']);
    this.address = printed.trim().replace(/^unix:\/\//, '');
    if (!this.address.startsWith('/')) throw new Error(`the shim printed no address: ${printed}`);
    this.client = await TtrpcClient.connect(this.address);
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
      config.linux.cgroupsPath = `/shim-spec/${id}`;
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
    const { runtime } = this.#options;
    const options = runtime
      ? anyPack(OptionsSchema, create(OptionsSchema, { binaryName: runtime }))
      : undefined;
    if (options) options.typeUrl = OptionsSchema.typeName;
    const bundle = this.bundle(id);
    const request = { id, bundle, ...stdio, ...(options ? { options } : {}) };
    return this.call('Create', task.CreateTaskRequestSchema, task.CreateTaskResponseSchema, request);
  }

  startProcess(id: string, execId = ''): Promise<MessageShape<typeof task.StartResponseSchema>> {
    return this.call('Start', task.ProcessRequestSchema, task.StartResponseSchema, { id, execId });
  }

  exec(id: string, execId: string, args: readonly string[], stdio: StdioOf = {}): Promise<unknown> {
    const spec = {
      args,
      cwd: '/',
      env: ['PATH=/bin'],
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

  state(id: string, execId = ''): Promise<MessageShape<typeof task.StateResponseSchema>> {
    return this.call('State', task.ProcessRequestSchema, task.StateResponseSchema, { id, execId });
  }

  async call<I extends DescMessage, O extends DescMessage>(
    method: string,
    input: I,
    output: O,
    request: MessageInitShape<I>,
    timeoutMs = 120_000,
  ): Promise<MessageShape<O>> {
    const { service = 'containerd.task.v2.Task' } = this.#options;
    const payload = toBinary(input, create(input, request));
    return fromBinary(output, await this.client.call(service, method, payload, { timeoutMs }));
  }

  /** Kills and deletes what is left, ends the shim, and removes every trace of it. */
  async end(): Promise<void> {
    for (const bundle of this.#bundles) {
      const id = bundle.slice(this.folder.length + 1);
      await this.kill(id, 9).catch(() => undefined);
      await this.events
        .wait('exit', (e) => e.topic === '/tasks/exit' && e.container === id && e.exec === '', 2_000)
        .catch(() => undefined);
      await this.delete(id).catch(() => undefined);
    }
    await this.call('Shutdown', task.ShutdownRequestSchema, task.EmptySchema, {}, 5_000).catch(
      () => undefined,
    );
    this.client?.close();
    for (const bundle of this.#bundles)
      await this.#run(bundle.slice(this.folder.length + 1), bundle, ['delete']).catch(() => undefined);
    await this.events.close();
    for (const end of this.#logs) end.destroy();
    rmSync(this.folder, { recursive: true, force: true });
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
    return new Promise((resolve, reject) => {
      const child = spawn(this.#binary, args, {
        cwd: bundle,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        timeout: startTimeoutMs,
        killSignal: 'SIGKILL',
      });
      let out = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.on('error', reject);
      child.on('close', (code) =>
        code === 0
          ? resolve(out)
          : reject(new Error(`${this.#binary} ${action[0]}: exit code ${code}: ${out}`)),
      );
    });
  }
}

/** The part of an OCI config.json that a test may change. */
export interface Config {
  root: { path: string; readonly: boolean };
  process: { terminal: boolean; args: string[] };
  linux: { cgroupsPath: string; namespaces: { type: string }[]; resources: Record<string, unknown> };
}
