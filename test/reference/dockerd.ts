import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { needDebian } from '../debian.ts';
import { until } from '../until.ts';
import { Containerd, execute, type Ran } from './containerd.ts';

const shimName = 'containerd-shim-runc-v2';

/**
 * A real dockerd on a real containerd, both in a folder of their own, without a bridge and without iptables. Debian's 20.10
 * knows no shim but `containerd-shim-runc-v2`: the one under test has that name on containerd's PATH.
 */
export class Dockerd {
  readonly containerd: Containerd;
  readonly #host: string;
  readonly #cgroup: string;
  #daemon: ChildProcess | null = null;

  /** @param shim the program to be run as `containerd-shim-runc-v2`; null for Debian's */
  constructor(shim: string | null) {
    needDebian(['dockerd', 'docker'], ['docker.io']);
    this.containerd = new Containerd();
    this.#host = `unix://${join(this.containerd.folder, 'docker.sock')}`;
    this.#cgroup = `/${basename(this.containerd.folder)}`;
    if (shim !== null) this.containerd.use(shim, shimName);
  }

  /** Starts both, and makes the image `box` of a busybox. */
  async start(): Promise<void> {
    await this.containerd.start();
    await this.startDaemon();
    const archive = join(this.containerd.folder, 'box.tar');
    execFileSync('tar', ['-C', this.containerd.rootfs, '-cf', archive, '.']);
    await this.run(['import', archive, 'box']);
  }

  /** Starts dockerd alone. */
  async startDaemon(): Promise<void> {
    const folder = (name: string): string => join(this.containerd.folder, name);
    const none = ['--bridge', 'none', '--iptables=false', '--ip6tables=false', '--ip-forward=false'];
    const own = [
      '--data-root',
      folder('docker'),
      '--exec-root',
      folder('docker-exec'),
      '--cgroup-parent',
      this.#cgroup,
    ];
    const rest = ['--pidfile', folder('docker.pid'), '--storage-driver', 'vfs', '--live-restore'];
    this.#daemon = spawn(
      'dockerd',
      [...own, ...none, ...rest, '--host', this.#host, '--containerd', this.containerd.socket],
      { stdio: 'ignore', detached: true },
    );
    await until(
      'an answer of dockerd',
      () => this.run(['version']),
      ({ code }) => code === 0,
    );
  }

  /** Ends dockerd alone; containers live on. */
  async stopDaemon(signal: NodeJS.Signals): Promise<void> {
    const daemon = this.#daemon;
    if (!daemon) return;
    const gone = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill(signal);
    await gone;
    this.#daemon = null;
  }

  /** docker(1). @param input what it reads */
  run(args: readonly string[], input = ''): Promise<Ran> {
    return execute('docker', ['--host', this.#host, ...args], input);
  }

  /** docker(1) on a terminal of its own. */
  onTerminal(args: readonly string[]): Promise<Ran> {
    const command = ['docker', '--host', this.#host, ...args].map((arg) => `'${arg}'`).join(' ');
    return execute('script', ['-qec', command, '/dev/null'], '');
  }

  /** Removes every container, ends both daemons, and removes what they mounted. */
  async end(): Promise<void> {
    const ids = (await this.run(['ps', '-aq'])).out.split('\n').filter(Boolean);
    if (ids.length > 0) await this.run(['rm', '-f', ...ids]);
    await this.stopDaemon('SIGTERM');
    for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n').toReversed()) {
      const path = line.split(' ')[4] ?? '';
      if (path.startsWith(`${this.containerd.folder}/docker`)) execFileSync('umount', ['-l', path]);
    }
    // runc removes a container's cgroup, and not the one above.
    for (const hierarchy of readdirSync('/sys/fs/cgroup')) {
      const cgroup = join('/sys/fs/cgroup', hierarchy, this.#cgroup);
      if (existsSync(cgroup)) rmdirSync(cgroup);
    }
    await this.containerd.end();
  }
}
