/**
 * `npm run bench:validate`: how fast `shim-spec validate` judges 1,000,000 events of 100,000 containers and one with
 * many execs, beside a program that parses the JSON of the same lines and does nothing with it. Both in turns; the
 * ratio is of the medians.
 */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const containers = 100_000;
const aliveAtOnce = 2_000;
const runs = 3;
/** When the log begins, in milliseconds since 1970; an event follows each millisecond. */
const beginMs = Date.UTC(2026, 10, 24, 4);
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
    const time = new Date(beginMs + events).toISOString().slice(0, 23).replace('T', ' ');
    const line = `${time}456789 +0000 UTC default /tasks/${topic} ${JSON.stringify(event)}\n`;
    if (!out.write(line)) await new Promise<void>((resolve) => out.once('drain', () => resolve()));
    if (alive[at]?.length === 0) alive.splice(at, 1);
  }
  await new Promise<void>((resolve) => out.end(resolve));
  return events;
}

/** The plain way to parse such a log. */
const plain = `
  import { createReadStream } from 'node:fs';
  import { createInterface } from 'node:readline';
  const input = createReadStream(process.argv[1]);
  for await (const line of createInterface({ input })) JSON.parse(line.slice(line.indexOf('{')));
`;

/** What a program took. */
interface Took {
  readonly seconds: number;
  readonly mib: number;
}

function run(...args: string[]): Took {
  const begin = performance.now();
  const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%M', process.execPath, ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  const seconds = (performance.now() - begin) / 1_000;
  return { seconds, mib: Math.round(Number(stderr.trim().split('\n').at(-1)) / 1_024) };
}

function median(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
}

function rowOf(name: string, took: readonly Took[]): string {
  const seconds = took.map((each) => each.seconds);
  const spread = `${Math.min(...seconds).toFixed(1)} to ${Math.max(...seconds).toFixed(1)}`;
  return `${name}: ${median(seconds).toFixed(1)} s (${spread}), ${Math.max(...took.map(({ mib }) => mib))} MiB resident at most`;
}

try {
  const events = await write();
  const ours: Took[] = [];
  const peer: Took[] = [];
  for (let i = 0; i < runs; i++) {
    peer.push(run('--input-type=module', '-e', plain, file));
    ours.push(run(main, 'validate', file));
  }
  const ratio = median(ours.map((each) => each.seconds)) / median(peer.map((each) => each.seconds));
  const lines = [
    `${events.toLocaleString('en-US')} events of ${containers.toLocaleString('en-US')} containers, one more with ${execsOfOne.toLocaleString('en-US')} execs`,
    rowOf('shim-spec validate', ours),
    rowOf('a plain JSON.parse of each line', peer),
    `ratio: ${ratio.toFixed(2)} (wanted: at most 2.5; 4 s and 200 MiB)`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
