import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needDebian } from '../debian.ts';
import { until } from '../until.ts';
import { shim } from './gated.ts';
import { busyboxRootfs } from './rootfs.ts';

const runtime = 'io.containerd.spec.v2';
const commandTimeoutMs = 30_000;

/** What a command printed, and its exit code. */
export interface Ran {
  readonly out: string;
  readonly code: number;
}

/** An event as `ctr events` prints it. */
export interface SeenEvent {
  readonly topic: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** A real containerd of Debian's on a root, state and socket of its own, with our shim on its PATH. */
export class Containerd {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'shim-spec-test-'));
  readonly records: string = join(this.folder, 'records');
  readonly rootfs: string = busyboxRootfs();
  readonly #socket = join(this.folder, 'containerd.sock');
  #daemon: ChildProcess | null = null;
  #events: ChildProcess | null = null;
  #seen = '';

  constructor() {
    needDebian(
      ['containerd', 'ctr', 'runc', 'crun', 'busybox'],
      ['containerd', 'runc', 'crun', 'busybox-static'],
    );
    if (process.getuid?.() !== 0) throw new Error('a real containerd needs root: run the tests as root');
    mkdirSync(join(this.folder, 'bin'));
    this.use(shim);
    writeFileSync(this.#config, configText(this.folder, this.#socket));
  }

  /** Makes `program` the shim of containers that are made from here on. */
  use(program: string): void {
    const link = join(this.folder, 'bin', 'containerd-shim-spec-v2');
    rmSync(link, { force: true });
    symlinkSync(program, link);
  }

  get #config(): string {
    return join(this.folder, 'config.toml');
  }

  async start(): Promise<void> {
    const PATH = `${join(this.folder, 'bin')}:${process.env.PATH}`;
    const env = { ...process.env, PATH, SHIM_SPEC_RECORD: this.records };
    this.#daemon = spawn('containerd', ['-c', this.#config], { env, stdio: 'ignore', detached: true });
    await until(
      'an answer of containerd',
      () => this.ctr('version'),
      ({ code }) => code === 0,
    );
    this.#events = spawn('ctr', ['-a', this.#socket, 'events'], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#events.stdout?.on('data', (chunk: Buffer) => {
      this.#seen += chunk.toString();
    });
    // ctr says nothing when it has subscribed; an event that it shows does.
    await until('the first event of ctr', async () => {
      await this.ctr('namespaces', 'label', 'default', `tick=${Date.now()}`);
      await this.ctr('namespaces', 'create', `n${Date.now()}`);
      return this.#seen.includes('/namespaces/');
    });
  }

  /** Stops containerd; the shims and their containers live on. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#events?.kill('SIGKILL');
    const daemon = this.#daemon;
    if (!daemon) return;
    const gone = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill(signal);
    await gone;
    this.#daemon = null;
  }

  /** Removes every container, stops containerd and removes its folder. */
  async end(): Promise<void> {
    for (const id of (await this.ctr('containers', 'ls', '-q')).out.split('\n').filter(Boolean)) {
      await this.ctr('task', 'rm', '-f', id);
      await this.ctr('containers', 'rm', id);
    }
    await this.stop();
    for (const folder of [this.folder, this.rootfs]) rmSync(folder, { recursive: true, force: true });
  }

  ctr(...args: string[]): Promise<Ran> {
    return this.#run(args, '');
  }

  /** `ctr run` with our shim. @param flags before the rootfs and the id */
  run(flags: readonly string[], id: string, command: readonly string[], input = ''): Promise<Ran> {
    return this.#run(['run', ...flags, '--runtime', runtime, '--rootfs', this.rootfs, id, ...command], input);
  }

  /** ctr on a terminal of its own, by script(1). */
  onTerminal(args: readonly string[]): Promise<Ran> {
    const command = ['ctr', '-a', this.#socket, ...args].map((arg) => `'${arg}'`).join(' ');
    return execute('script', ['-qec', command, '/dev/null'], '');
  }

  runOnTerminal(id: string, command: readonly string[]): Promise<Ran> {
    return this.onTerminal([
      'run',
      '--rm',
      '-t',
      '--runtime',
      runtime,
      '--rootfs',
      this.rootfs,
      id,
      ...command,
    ]);
  }

  #run(args: readonly string[], input: string): Promise<Ran> {
    return execute('ctr', ['-a', this.#socket, ...args], input);
  }

  /** The socket of its gRPC API. */
  get address(): string {
    return this.#socket;
  }

  /** What `ctr events` has printed so far. */
  get printed(): string {
    return this.#seen;
  }

  /** The task events of a container so far, in the order in which containerd gave them out. */
  eventsOf(id: string): SeenEvent[] {
    return this.#seen
      .split('\n')
      .map((line) => / (\/tasks\/\S+) (\{.*\})$/.exec(line))
      .filter((match) => match !== null)
      .map(([, topic = '', json = '']) => ({ topic, event: JSON.parse(json) as Record<string, unknown> }))
      .filter(({ event }) => event.container_id === id);
  }

  /** Waits for an event of a container. */
  async seen(id: string, topic: string, execId?: string): Promise<void> {
    await until(
      `${topic} of ${id} ${execId ?? ''}`,
      () => this.eventsOf(id),
      (events) =>
        events.some((each) => each.topic === topic && (execId === undefined || each.event.id === execId)),
    );
  }

  /** The pids of our serving processes for this containerd. */
  shims(): number[] {
    return readdirSync('/proc')
      .map(Number)
      .filter(
        (pid) => pid > 0 && commandLine(pid).includes(this.folder) && commandLine(pid).endsWith('serve\0'),
      );
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function execute(command: string, args: readonly string[], input: string): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      args,
      { timeout: commandTimeoutMs, killSignal: 'SIGKILL' },
      (error, out, err) => {
        resolve({ out: `${out}${err}`, code: error ? Number(error.code ?? 137) : 0 });
      },
    );
    child.stdin?.end(input);
  });
}

/** What a container could leave behind on this machine. */
export function leftovers(id: string, folder: string): string[] {
  const runc = spawnSync('runc', ['--root', '/run/containerd/runc/default', 'list', '-q'], {
    encoding: 'utf8',
  });
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const processes = readdirSync('/proc').filter(
    (pid) => Number(pid) > 0 && commandLine(Number(pid)).includes(`-id\0${id}\0`),
  );
  const bundles = join(folder, 'state', 'io.containerd.runtime.v2.task', 'default');
  return [
    ...runc.stdout
      .split('\n')
      .filter((line) => line === id)
      .map((line) => `runc ${line}`),
    ...mounts.filter((line) => line.includes(`/${id}/`)).map((line) => `mount ${line}`),
    ...processes.map((pid) => `process ${pid}`),
    ...readdirSync(bundles)
      .filter((name) => name === id)
      .map((name) => `bundle ${name}`),
  ];
}

function configText(folder: string, socket: string): string {
  const disabled = ['grpc.v1.cri', 'snapshotter.v1.btrfs', 'snapshotter.v1.devmapper', 'snapshotter.v1.zfs'];
  return `version = 2
root = "${join(folder, 'root')}"
state = "${join(folder, 'state')}"
disabled_plugins = [${disabled.map((plugin) => `"io.containerd.${plugin}"`).join(', ')}]
[grpc]
  address = "${socket}"
[ttrpc]
  address = "${socket}.ttrpc"
`;
}
