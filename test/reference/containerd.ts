import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
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
import { containerdVersion } from '../depth.ts';
import { goInstall } from '../go/go.ts';
import { until } from '../until.ts';
import { shim } from './gated.ts';
import { busyboxRootfs } from './rootfs.ts';

const runtime = 'io.containerd.spec.v2';
const commandTimeoutMs = 30_000;

/** What a ctr of today says of a machine with cgroup v1, with each command. */
const deprecated = /^time="[^"]*" level=warning msg="DEPRECATION: .*\n/gm;

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

/** A program of the containerd that is tested: Debian's, or in `npm run test:go` one of today. */
function programOf(name: string): string {
  const path = `github.com/containerd/containerd/v2/cmd/${name}`;
  return containerdVersion === '' ? name : goInstall(path, containerdVersion);
}

/** The shim of the containerd that is tested. */
export function upstreamShim(): string {
  needDebian(['containerd', 'runc'], ['containerd', 'runc']);
  return programOf('containerd-shim-runc-v2');
}

/** A real containerd on a root, state and socket of its own, with our shim on its PATH. */
export class Containerd {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'shim-spec-test-'));
  readonly records: string = join(this.folder, 'records');
  readonly rootfs: string = busyboxRootfs();
  readonly socket: string = join(this.folder, 'containerd.sock');
  readonly #program: string;
  readonly #ctr: string;
  #daemon: ChildProcess | null = null;
  #events: ChildProcess | null = null;
  #seen = '';

  constructor() {
    needDebian(
      ['containerd', 'ctr', 'runc', 'crun', 'busybox'],
      ['containerd', 'runc', 'crun', 'busybox-static'],
    );
    if (process.getuid?.() !== 0) throw new Error('a real containerd needs root: run the tests as root');
    this.#program = programOf('containerd');
    this.#ctr = programOf('ctr');
    mkdirSync(join(this.folder, 'bin'));
    this.use(shim);
    writeFileSync(this.#config, configText(this.folder, this.socket));
  }

  /** Makes `program` the shim of containers that are made from here on. @param name by which containerd looks for it */
  use(program: string, name = 'containerd-shim-spec-v2'): void {
    const link = join(this.folder, 'bin', name);
    rmSync(link, { force: true });
    symlinkSync(program, link);
  }

  /** Adds lines to its configuration; call it before `start`. */
  configure(lines: string): void {
    appendFileSync(this.#config, lines);
  }

  /** A container's bundle. */
  bundle(id: string): string {
    return join(this.folder, 'state', 'io.containerd.runtime.v2.task', 'default', id);
  }

  get #config(): string {
    return join(this.folder, 'config.toml');
  }

  /** Starts containerd, and what shows its events. */
  async start(): Promise<void> {
    await this.serve();
    this.#events = spawn(this.#ctr, ['-a', this.socket, 'events'], { stdio: ['ignore', 'pipe', 'inherit'] });
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

  /** Starts containerd, and waits until it answers. */
  async serve(): Promise<void> {
    const PATH = `${join(this.folder, 'bin')}:${process.env.PATH}`;
    const env = { ...process.env, PATH, SHIM_SPEC_RECORD: this.records };
    this.#daemon = spawn(this.#program, ['-c', this.#config], { env, stdio: 'ignore', detached: true });
    await until(
      'an answer of containerd',
      () => this.ctr('version'),
      ({ code }) => code === 0,
    );
  }

  /** Of containerd; 0 while it does not run. */
  get pid(): number {
    return this.#daemon?.pid ?? 0;
  }

  /** Sends containerd a signal: SIGSTOP and SIGCONT, say. */
  signal(signal: NodeJS.Signals): void {
    this.#daemon?.kill(signal);
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

  /**
   * `ctr run` with our shim.
   *
   * @param flags before the rootfs and the id
   * @param after input is sent once so many bytes of output have come
   */
  run(flags: readonly string[], id: string, command: readonly string[], input = '', after = 0): Promise<Ran> {
    const args = ['run', ...flags, '--runtime', runtime, '--rootfs', this.rootfs, id, ...command];
    return this.#run(args, input, after);
  }

  /** ctr on a terminal of its own, by script(1). */
  onTerminal(args: readonly string[]): Promise<Ran> {
    const command = [this.#ctr, '-a', this.socket, ...args].map((arg) => `'${arg}'`).join(' ');
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

  #run(args: readonly string[], input: string, after = 0): Promise<Ran> {
    return execute(this.#ctr, ['-a', this.socket, ...args], input, after);
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
      .filter((pid) => pid > 0 && commandLine(pid).includes(this.folder) && isServing(pid));
  }
}

/** Whether it is a serving process of ours: the Node that main.sh starts for the action `start`. */
function isServing(pid: number): boolean {
  return /\/boot\.cjs\0.*\0start\0$/.test(commandLine(pid));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Runs a command to its end. @param input what it reads */
export function execute(command: string, args: readonly string[], input: string, after = 0): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      args,
      { timeout: commandTimeoutMs, killSignal: 'SIGKILL' },
      (error, out, err) => {
        resolve({ out: out + err.replace(deprecated, ''), code: error ? Number(error.code ?? 137) : 0 });
      },
    );
    // A command may end before it has read its input; what it returns tells how it went.
    child.stdin?.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
    let seen = 0;
    child.stdout?.on('data', (piece: string) => {
      seen += piece.length;
      if (seen >= after) child.stdin?.end(input);
    });
    if (after === 0) child.stdin?.end(input);
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
  const cri = ['grpc.v1.cri', 'cri.v1.images', 'cri.v1.runtime'];
  const disabled = [...cri, 'snapshotter.v1.btrfs', 'snapshotter.v1.devmapper', 'snapshotter.v1.zfs'];
  return `version = ${containerdVersion === '' ? 2 : 3}
root = "${join(folder, 'root')}"
state = "${join(folder, 'state')}"
disabled_plugins = [${disabled.map((plugin) => `"io.containerd.${plugin}"`).join(', ')}]
[grpc]
  address = "${socket}"
[ttrpc]
  address = "${socket}.ttrpc"
`;
}
