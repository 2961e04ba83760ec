/** `npm run bench:shim`: the reference shim beside Debian's containerd-shim-runc-v2, over ttrpc, in one run. */
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Subject } from '../conformance/shim/subject.ts';
import { needDebian } from '../test/debian.ts';
import { busyboxRootfs } from '../test/reference/rootfs.ts';
import * as task from '../wire/proto/gen/task_pb.ts';

const ours = fileURLToPath(new URL('../reference/main.js', import.meta.url));
const peer = '/usr/bin/containerd-shim-runc-v2';
/** Rounds alternate between the two shims; the crowd, at which Debian's stalls for half a minute, is in a few. */
const rounds = 30;
const crowdRounds = 2;
const execsPerRound = 12;
const crowd = 32;
/** Debian's shim stalls for some 16 s when 32 execs start at once: docs/findings/0012. */
const exitTimeoutMs = 120_000;

type Figure =
  | 'start action'
  | 'Create + Start'
  | 'exec start → exit'
  | '32 execs at once'
  | 'resident memory';
type Figures = Record<Figure, number[]>;

const units: Readonly<Record<Figure, string>> = {
  'start action': 'ms',
  'Create + Start': 'ms',
  'exec start → exit': 'ms',
  '32 execs at once': 'ms',
  'resident memory': 'MiB',
};

function noFigures(): Figures {
  return {
    'start action': [],
    'Create + Start': [],
    'exec start → exit': [],
    '32 execs at once': [],
    'resident memory': [],
  };
}

async function timed(body: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await body();
  return performance.now() - begin;
}

/** One round: a shim, a container, execs one after the other, and execs at once in some. */
async function round(binary: string, rootfs: string, figures: Figures, withCrowd: boolean): Promise<void> {
  const subject = new Subject(binary, rootfs);
  const exited = (id: string) =>
    subject.events.wait(`exit of ${id}`, (e) => e.topic === '/tasks/exit' && e.exec === id, exitTimeoutMs);
  const runs = async (id: string): Promise<void> => {
    await subject.exec('c1', id, ['/bin/true']);
    await subject.startProcess('c1', id);
    await exited(id);
  };
  try {
    figures['start action'].push(await timed(() => subject.start('c1')));
    figures['Create + Start'].push(
      await timed(async () => {
        await subject.create('c1');
        await subject.startProcess('c1');
      }),
    );
    for (let i = 0; i < execsPerRound; i++) {
      await subject.exec('c1', `e${i}`, ['/bin/true']);
      const begin = performance.now();
      await subject.startProcess('c1', `e${i}`);
      figures['exec start → exit'].push((await exited(`e${i}`)).atMs - begin);
    }
    const ids = Array.from({ length: crowd }, (_, i) => `x${i}`);
    if (withCrowd) figures['32 execs at once'].push(await timed(() => Promise.all(ids.map(runs))));
    const { shimPid } = await subject.call('Connect', task.ProcessRequestSchema, task.ConnectResponseSchema, {
      id: 'c1',
    });
    figures['resident memory'].push(residentMiB(shimPid));
  } finally {
    await subject.end();
  }
}

function residentMiB(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function spread(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;
}

needDebian(['containerd-shim-runc-v2'], ['containerd']);
const rootfs = busyboxRootfs();
const [mine, theirs] = [noFigures(), noFigures()];
try {
  for (let i = 0; i < rounds; i++) {
    await round(peer, rootfs, theirs, i < crowdRounds);
    await round(ours, rootfs, mine, i < crowdRounds);
  }
} finally {
  rmSync(rootfs, { recursive: true });
}
for (const figure of Object.keys(units) as Figure[]) {
  const [a, b] = [mine[figure], theirs[figure]];
  process.stdout.write(
    `${figure.padEnd(18)} spec ${median(a).toFixed(1).padStart(7)} ${units[figure]} (${spread(a)}), runc-v2 ${median(b).toFixed(1).padStart(7)} (${spread(b)}), ratio ${(median(a) / median(b)).toFixed(2)}\n`,
  );
}
