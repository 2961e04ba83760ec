/**
 * `npm run watch:soak [CONTAINERS [SEED]]`: real containers on a real containerd with Debian's shim (execs, kills,
 * deletes, restarts of containerd between), watched by `shim-spec watch`. It must tell no breach.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Containerd } from '../test/reference/containerd.ts';
import { until } from '../test/until.ts';
import { random } from './random.ts';

const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const [containersText = '5000', seedText = '1'] = process.argv.slice(2);
const containers = Number(containersText);
if (!Number.isInteger(containers) || containers < 1)
  throw new Error(
    `CONTAINERS is wrong (got ${containersText}, allowed 1 or more): npm run watch:soak -- 5000 1`,
  );
const restartEvery = 250;
const atOnce = 4;
const next = random(Number(seedText));
const containerd = new Containerd();

interface Line {
  readonly kind: 'breach' | 'gap' | 'end';
  readonly [field: string]: unknown;
}

class Watcher {
  readonly #child: ChildProcess;
  #out = '';

  constructor() {
    const args = [main, 'watch', '--address', containerd.socket, '--format', 'json'];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child.stdout?.on('data', (part: Buffer) => {
      this.#out += part.toString();
    });
  }

  get lines(): Line[] {
    return this.#out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  }

  async end(): Promise<Line[]> {
    if (this.#child.exitCode !== null) return this.lines;
    this.#child.kill('SIGTERM');
    await once(this.#child, 'exit');
    return this.lines;
  }
}

function run(flags: readonly string[], id: string, ...command: string[]): Promise<unknown> {
  const runtime = ['--runtime', 'io.containerd.runc.v2', '--rootfs', containerd.rootfs];
  return containerd.ctr('run', ...flags, ...runtime, id, ...command);
}

const exec = (id: string, name: string, ...command: string[]): Promise<unknown> =>
  containerd.ctr('task', 'exec', '--exec-id', name, id, ...command);

async function remove(id: string): Promise<void> {
  await containerd.ctr('task', 'rm', '-f', id);
  await containerd.ctr('containers', 'rm', id);
}

/** The lives of a container, of which one is chosen. */
const lives: readonly ((id: string) => Promise<unknown>)[] = [
  (id) => run(['--rm'], id, '/bin/true'),
  (id) => run(['--rm'], id, '/bin/sh', '-c', 'exit 3'),
  async (id) => {
    await run(['-d'], id, '/bin/sleep', '3600');
    await exec(id, 'e1', '/bin/sh', '-c', 'exit 4');
    await remove(id);
  },
  async (id) => {
    await run(['-d'], id, '/bin/sleep', '3600');
    // The kill overtakes some of the execs, and some are in the middle of their start.
    await Promise.all([
      exec(id, 'e1', '/bin/sleep', '3600'),
      exec(id, 'e2', '/bin/true'),
      containerd.ctr('task', 'kill', '-s', 'SIGKILL', id),
    ]);
    await remove(id);
  },
  async (id) => {
    await run(['-d'], id, '/bin/true');
    await remove(id);
  },
];

/** Runs containers until `to`. */
async function runSome(from: number, to: number): Promise<void> {
  let at = from;
  const worker = async (): Promise<void> => {
    while (at < to) {
      const id = `soak-${at++}`;
      await lives[Math.floor(next() * lives.length)]?.(id);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

await containerd.start();
const watcher = new Watcher();
let done = 0;
let restarts = 0;
const begin = performance.now();
try {
  while (done < containers) {
    const to = Math.min(containers, done + restartEvery);
    await runSome(done, to);
    done = to;
    const breaches = watcher.lines.filter(({ kind }) => kind === 'breach');
    process.stdout.write(`${done} containers, ${restarts} restarts, ${breaches.length} breaches\n`);
    if (done === containers) break;
    // A container lives through the restart.
    const across = `across-${done}`;
    await run(['-d'], across, '/bin/sleep', '3600');
    await containerd.stop(next() < 0.5 ? 'SIGTERM' : 'SIGKILL');
    const gaps = watcher.lines.filter(({ kind }) => kind === 'gap').length;
    await containerd.start();
    restarts++;
    await until(
      'the gap',
      () => watcher.lines.filter(({ kind }) => kind === 'gap').length >= Math.max(1, gaps),
    );
    await remove(across);
  }
  const lines = await watcher.end();
  const { events, breaches, gaps } = lines.at(-1) as Line;
  for (const line of lines.filter(({ kind }) => kind === 'breach'))
    process.stdout.write(`${JSON.stringify(line)}\n`);
  const seconds = Math.round((performance.now() - begin) / 1_000);
  process.stdout.write(
    `${done} containers, ${String(events)} events, ${restarts} restarts of containerd, ${String(gaps)} gaps, seed ${seedText}, ${seconds} s: ${String(breaches)} breaches (wanted: 0)\n`,
  );
  process.exitCode = breaches === 0 && Number(events) > done * 3 ? 0 : 1;
} finally {
  await watcher.end();
  await containerd.end();
}
