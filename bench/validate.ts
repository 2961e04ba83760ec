/**
 * `npm run bench:validate`: how fast `shim-spec validate` judges 1,000,000 events of 100,000 containers and one with
 * many execs, beside a program that parses the JSON of the same lines and does nothing with it. Both in turns; the
 * ratio is of the medians.
 *
 * `npm run bench:validate -- --events 10000000`: the memory of `validate` on the way through so many events, from a pipe.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const containers = 100_000;
const aliveAtOnce = 2_000;
const runs = 3;
/** When the log begins, in milliseconds since 1970; an event follows each millisecond. */
const beginMs = Date.UTC(2026, 10, 24, 4);
const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));

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

/** A log of so many containers and the one with many execs, line by line. */
function* linesOf(containers: number): Generator<string> {
  const alive: [topic: string, event: object][][] = [longLog('long').reverse()];
  let made = 0;
  for (let events = 0; made < containers || alive.length > 0; ) {
    while (made < containers && alive.length < aliveAtOnce) alive.push(shortLog(`c${made++}`).reverse());
    // A fixed stride mixes the containers in the same way each time.
    const at = (events * 7919) % alive.length;
    const [topic, event] = alive[at]?.pop() ?? ['', {}];
    events++;
    const time = new Date(beginMs + events).toISOString().slice(0, 23).replace('T', ' ');
    yield `${time}456789 +0000 UTC default /tasks/${topic} ${JSON.stringify(event)}\n`;
    if (alive[at]?.length === 0) alive.splice(at, 1);
  }
}

/** Writes a log. @param onEvents told the number of events so far, after each hundred thousand @returns how many there are */
async function write(
  out: Writable,
  containers: number,
  onEvents: (events: number) => void = () => undefined,
): Promise<number> {
  let events = 0;
  let part = '';
  for (const line of linesOf(containers)) {
    part += line;
    events++;
    if (events % 1_000 !== 0) continue;
    if (!out.write(part)) await once(out, 'drain');
    part = '';
    if (events % 100_000 === 0) onEvents(events);
  }
  out.end(part);
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

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const count = (n: number): string => n.toLocaleString('en-US');

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-log-'));
  try {
    const file = join(folder, 'events.log');
    const out = createWriteStream(file);
    const events = await write(out, containers);
    await once(out, 'close');
    const ours: Took[] = [];
    const peer: Took[] = [];
    for (let i = 0; i < runs; i++) {
      peer.push(run('--input-type=module', '-e', plain, file));
      ours.push(run(main, 'validate', file));
    }
    const ratio = median(ours.map((each) => each.seconds)) / median(peer.map((each) => each.seconds));
    print(
      `${count(events)} events of ${count(containers)} containers, one more with ${count(execsOfOne)} execs`,
    );
    print(rowOf('shim-spec validate', ours));
    print(rowOf('a plain JSON.parse of each line', peer));
    print(`ratio: ${ratio.toFixed(2)} (wanted: at most 2.5; 4 s and 200 MiB)`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Ten events a container: the same number is alive at the end as at a tenth of the way. */
async function watchMemory(events: number): Promise<void> {
  const child = spawn(process.execPath, [main, 'validate', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const begin = performance.now();
  const exit = once(child, 'exit');
  const printed: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => printed.push(part));
  const resident = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? Number.NaN) /
    1_024;
  let most = 0;
  const total = await write(child.stdin, Math.ceil(events / 10), (so) => {
    most = Math.max(most, resident());
    if (so % Math.min(1_000_000, events) === 0)
      print(`after ${count(so)} events: ${resident().toFixed(0)} MiB resident, ${most.toFixed(0)} at most`);
  });
  const [status] = (await exit) as [number];
  const seconds = (performance.now() - begin) / 1_000;
  print(
    `${count(total)} events in ${seconds.toFixed(1)} s, the making of the log included; exit code ${status}`,
  );
  if (status !== 0) throw new Error(`validate ended with ${status}: ${Buffer.concat(printed)}`);
}

const { values } = parseArgs({ options: { events: { type: 'string' } } });
if (values.events === undefined) await compare();
else {
  const events = Number(values.events);
  if (!Number.isInteger(events) || events < 100_000)
    throw new Error(
      `--events is wrong (got ${values.events}, allowed whole numbers from 100000): npm run bench:validate -- --events 10000000`,
    );
  await watchMemory(events);
}
