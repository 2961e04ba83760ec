/**
 * `npm run bench:validate`: how fast `shim-spec validate` judges 1,000,000 events of 100,000 containers and one with
 * many execs.
 */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const containers = 100_000;
const aliveAtOnce = 2_000;
const runs = 3;
const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-log-'));
const file = join(folder, 'events.log');

/** How many execs one more container has, which lives through the whole log. */
const execsOfOne = 30_000;

/** The events of a container with many execs, one after the other. */
function longLog(id: string): [topic: string, event: object][] {
  const of = { container_id: id };
  const execs = Array.from({ length: execsOfOne }, (_, i): [topic: string, event: object][] => [
    ['exec-added', { ...of, exec_id: `e${i}` }],
    ['exec-started', { ...of, exec_id: `e${i}`, pid: i + 9 }],
    ['exit', { ...of, id: `e${i}`, pid: i + 9 }],
  ]);
  return [['create', { ...of, pid: 5 }], ['start', { ...of, pid: 5 }], ...execs.flat()];
}

/** The events of one container with two execs. */
function shortLog(id: string): [topic: string, event: object][] {
  const of = { container_id: id };
  return [
    ['create', { ...of, pid: 5 }],
    ['start', { ...of, pid: 5 }],
    ['exec-added', { ...of, exec_id: 'a' }],
    ['exec-started', { ...of, exec_id: 'a', pid: 6 }],
    ['exit', { ...of, id: 'a', pid: 6 }],
    ['exec-added', { ...of, exec_id: 'b' }],
    ['exec-started', { ...of, exec_id: 'b', pid: 7 }],
    ['exit', { ...of, id: 'b', pid: 7, exit_status: 1 }],
    ['exit', { ...of, id, pid: 5, exit_status: 137 }],
    ['delete', { ...of, pid: 5, exit_status: 137 }],
  ];
}

async function write(): Promise<number> {
  const out = createWriteStream(file);
  const alive: [topic: string, event: object][][] = [longLog('long').reverse()];
  let made = 0;
  let events = 0;
  while (made < containers || alive.length > 0) {
    while (made < containers && alive.length < aliveAtOnce) alive.push(shortLog(`c${made++}`).reverse());
    // A fixed stride mixes the containers in the same way each time.
    const at = (events * 7919) % alive.length;
    const [topic, event] = alive[at]?.pop() ?? ['', {}];
    events++;
    const line = `2026-11-24 04:00:00.123456789 +0000 UTC default /tasks/${topic} ${JSON.stringify(event)}\n`;
    if (!out.write(line)) await new Promise<void>((resolve) => out.once('drain', () => resolve()));
    if (alive[at]?.length === 0) alive.splice(at, 1);
  }
  await new Promise<void>((resolve) => out.end(resolve));
  return events;
}

try {
  const events = await write();
  const seconds: number[] = [];
  let kib = 0;
  for (let i = 0; i < runs; i++) {
    const begin = performance.now();
    const { status, stderr } = spawnSync(
      '/usr/bin/time',
      ['-f', '%M', process.execPath, main, 'validate', file],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`validate ended with ${status}: ${stderr}`);
    seconds.push((performance.now() - begin) / 1_000);
    kib = Math.max(kib, Number(stderr.trim().split('\n').at(-1)));
  }
  const sorted = seconds.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(runs / 2)] ?? Number.NaN;
  process.stdout.write(
    `${events.toLocaleString('en-US')} events of ${containers.toLocaleString('en-US')} containers, one more with ${execsOfOne.toLocaleString('en-US')} execs: ${median.toFixed(1)} s (${sorted.map((s) => s.toFixed(1)).join(', ')}), ${Math.round(events / median).toLocaleString('en-US')} events a second, ${Math.round(kib / 1024)} MiB resident at most\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
