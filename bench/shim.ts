/**
 * `npm run bench:shim [-- [--starts] SHIM…]`, as root: the reference shim beside others, in one run. The rounds take turns.
 * Default: Debian's containerd-shim-runc-v2. `--starts` makes no container, so `chrt --rr 1` can run it on a machine that
 * others use: a process with a real-time priority may not enter a container's cgroup.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eventsSocket } from '../conformance/shim/janitor.ts';
import { Subject } from '../conformance/shim/subject.ts';
import { needDebian } from '../test/debian.ts';
import { Containerd } from '../test/reference/containerd.ts';
import { Dockerd } from '../test/reference/dockerd.ts';
import { busyboxRootfs } from '../test/reference/rootfs.ts';
import { outputMs } from './shim-output.ts';

const ours = fileURLToPath(new URL('../reference/main.sh', import.meta.url));
const debians = '/usr/bin/containerd-shim-runc-v2';
const rounds = 12;
/** Rounds with much output, and with many execs at once: Debian's shim stalls for some 16 s there, docs/findings/0012. */
const crowdRounds = 2;
const execsPerRound = 12;
const crowd = 32;
const exitTimeoutMs = 120_000;
/** Without a call, before memory is measured: a shim may give back what its start needed. */
const restMs = 2_000;

const figures = [
  'start action',
  'start in its group',
  'its processor time',
  'Create + Start',
  'Create to exit',
  'processor time then',
  'exec start to exit',
  '32 execs at once',
  '1 GiB of output',
  'ctr run --rm',
  'docker run --rm',
  'resident memory',
  'private memory',
] as const;
type Figures = Readonly<Record<(typeof figures)[number], number[]>>;

/** A shim, and what was measured of it: milliseconds, of memory MiB. */
interface MeasuredShim {
  readonly shim: string;
  readonly figures: Figures;
}

const unmeasured = (shim: string): MeasuredShim => ({
  shim,
  figures: Object.fromEntries(figures.map((name) => [name, []])) as unknown as Figures,
});

async function timed(body: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await body();
  return performance.now() - begin;
}

const pod = { 'io.kubernetes.cri.sandbox-id': 'pod' };
const exitOf = (id: string, exec: string) => (e: { topic: string; container: string; exec: string }) =>
  e.topic === '/tasks/exit' && e.container === id && e.exec === exec;

/** A shim, a container, execs one after the other, a container that ends by itself, and a crowd of execs in some. */
async function round({ shim, figures }: MeasuredShim, rootfs: string, withCrowd: boolean): Promise<void> {
  const subject = new Subject(shim, rootfs);
  const exited = (id: string, exec: string) =>
    subject.events.wait(`exit of ${id} ${exec}`, exitOf(id, exec), exitTimeoutMs);
  try {
    subject.configure('c1', (config) => {
      config.process.args = ['/bin/true'];
    });
    for (const id of ['c1', 'c3'])
      subject.configure(id, (config) => Object.assign(config, { annotations: pod }));
    figures['start action'].push(await timed(() => subject.start('c1')));
    figures['its processor time'].push(processorMs(subject.pid));
    figures['start in its group'].push(await timed(() => startInGroup(shim, subject, 'c3')));
    if (startsAlone) return;
    const begin = performance.now();
    await subject.create('c1');
    await subject.startProcess('c1');
    figures['Create + Start'].push(performance.now() - begin);
    figures['Create to exit'].push((await exited('c1', '')).atMs - begin);
    figures['processor time then'].push(processorMs(subject.pid));
    await subject.create('c2');
    await subject.startProcess('c2');
    for (let i = 0; i < execsPerRound; i++) {
      await subject.exec('c2', `e${i}`, ['/bin/true']);
      const started = performance.now();
      await subject.startProcess('c2', `e${i}`);
      figures['exec start to exit'].push((await exited('c2', `e${i}`)).atMs - started);
    }
    if (withCrowd) {
      figures['1 GiB of output'].push(await outputMs(subject, 'c2', 'much'));
      const ids = Array.from({ length: crowd }, (_, i) => `x${i}`);
      const run = async (id: string): Promise<void> => {
        await subject.exec('c2', id, ['/bin/true']);
        await subject.startProcess('c2', id);
        await exited('c2', id);
      };
      figures['32 execs at once'].push(await timed(() => Promise.all(ids.map(run))));
    }
    await sleep(restMs);
    figures['resident memory'].push(memoryMiB(subject.pid, 'Rss'));
    figures['private memory'].push(
      memoryMiB(subject.pid, 'Private_Clean') + memoryMiB(subject.pid, 'Private_Dirty'),
    );
  } finally {
    await subject.end();
  }
}

/** The action `start` of a container whose group has a shim. */
async function startInGroup(shim: string, subject: Subject, id: string): Promise<void> {
  const flags = ['-namespace', 'shim-spec', '-address', join(subject.folder, 'containerd.sock'), '-id', id];
  const env = { ...process.env, TTRPC_ADDRESS: eventsSocket(subject.folder) };
  // Without options containerd gives it /dev/null.
  const stdio: ('ignore' | 'inherit')[] = ['ignore', 'ignore', 'inherit'];
  const action = spawn(shim, [...flags, 'start'], { cwd: subject.bundle(id), env, stdio });
  const [code] = await once(action, 'exit');
  if (code !== 0) throw new Error(`start of ${shim} in a group: exit code ${code}`);
}

async function runByDocker(docker: Dockerd, { shim, figures }: MeasuredShim): Promise<void> {
  const run = async (): Promise<void> => {
    const { code, out } = await docker.run(['run', '--rm', 'box', '/bin/true']);
    if (code !== 0) throw new Error(`docker run with ${shim}: exit code ${code}: ${out}`);
  };
  figures['docker run --rm'].push(await timed(run));
}

async function runByCtr(containerd: Containerd, { shim, figures }: MeasuredShim, id: string): Promise<void> {
  containerd.use(shim);
  const run = async (): Promise<void> => {
    const { code, out } = await containerd.run(['--rm'], id, ['/bin/true']);
    if (code !== 0) throw new Error(`ctr run with ${shim}: exit code ${code}: ${out}`);
  };
  figures['ctr run --rm'].push(await timed(run));
}

/** What the threads of a process have run, which a loaded machine does not lengthen as it does the time on the clock. */
function processorMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ran = threads.map((tid) => readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[0]);
  return ran.reduce((sum, ns) => sum + Number(ns) / 1e6, 0);
}

/** @param kind as the kernel calls it: `Rss`, or of that what no other process has mapped */
function memoryMiB(pid: number, kind: string): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const [, kib] = new RegExp(`^${kind}:\\s+(\\d+) kB`, 'm').exec(rollup) ?? [];
  return Number(kib) / 1024;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function rangeOf(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;
}

const startsAlone = process.argv[2] === '--starts';
const shims = process.argv.slice(startsAlone ? 3 : 2);
const others = shims.length > 0 ? shims : [debians];
needDebian(['containerd-shim-runc-v2'], ['containerd']);
const all = [ours, ...others].map(unmeasured);
const rootfs = busyboxRootfs();
const containerd = new Containerd();
const dockers = startsAlone ? [] : all.map(({ shim }) => new Dockerd(shim));
try {
  if (!startsAlone) await containerd.start();
  for (const docker of dockers) await docker.start();
  for (let i = 0; i < rounds; i++) {
    for (const [k, measured] of all.entries()) {
      await round(measured, rootfs, i < crowdRounds);
      if (startsAlone) continue;
      await runByCtr(containerd, measured, `r${i}-${k}`);
      await runByDocker(dockers[k] as Dockerd, measured);
    }
  }
} finally {
  for (const docker of dockers) await docker.end();
  await containerd.end();
  rmSync(rootfs, { recursive: true });
}
for (const name of figures) {
  const least = median(all[0]?.figures[name] ?? []);
  for (const { shim, figures } of all) {
    if (figures[name].length === 0) continue;
    const unit = name.endsWith('memory') ? 'MiB' : 'ms';
    const own = median(figures[name]);
    process.stdout.write(
      `${name.padEnd(19)} ${own.toFixed(1).padStart(7)} ${unit} (${rangeOf(figures[name])}), ours / it ${(least / own).toFixed(2)}  ${shim}\n`,
    );
  }
}
