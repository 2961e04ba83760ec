/**
 * `npm run bench:watch [EVENTS]`: how many events a second one `shim-spec watch` judges, with its metrics. The events come
 * over gRPC from this process, as fast as the watcher takes them; containers of ten events, 2,000 alive at once. Then what
 * the sender can do: a reader that drops all events stands in the watcher's place, in this process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GrpcClient } from '../wire/grpc/client.ts';
import { usedBy } from './watch-events.ts';
import { burstsOf, Sender } from './watch-sender.ts';

const [eventsText = '1000000', runsText = '3'] = process.argv.slice(2);
const eventsMax = Number(eventsText);
const runs = Number(runsText);
const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-watch-'));
type Bursts = ReturnType<typeof burstsOf>;

interface Used {
  readonly seconds: number;
  /** Processor time in seconds: of all threads, and of the busiest one. */
  readonly cpu: number;
  readonly thread: number;
}

/** What one run took: from the first event until the watcher says that the subscription ended. */
async function run(bursts: Bursts, i: number): Promise<Used & { readonly mib: number }> {
  const socket = join(folder, `s${i}`);
  const sender = new Sender(bursts);
  await sender.listen(socket);
  const port = 20_000 + ((process.pid + i) % 20_000);
  const args = [main, 'watch', '--address', socket, '--format', 'json', '--metrics', String(port)];
  const watcher: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = once(watcher.stdout as NodeJS.ReadableStream, 'data') as Promise<[Buffer]>;
  await sender.subscribed;
  const before = usedBy(watcher.pid ?? 0);
  const begin = performance.now();
  sender.send();
  const first = JSON.parse(String((await said)[0]).split('\n')[0] ?? '') as { kind: string };
  const seconds = (performance.now() - begin) / 1_000;
  const after = usedBy(watcher.pid ?? 0);
  const end = once(watcher.stdout as NodeJS.ReadableStream, 'data') as Promise<[Buffer]>;
  watcher.kill('SIGTERM');
  const last = JSON.parse(
    String((await end)[0])
      .trim()
      .split('\n')
      .at(-1) ?? '',
  ) as Record<string, unknown>;
  sender.close();
  if (first.kind !== 'gap' || last.events !== eventsMax || last.breaches !== 0)
    throw new Error(`the watcher did not judge all (got ${JSON.stringify([first, last])})`);
  const cpu = after.seconds - before.seconds;
  return { seconds, cpu, thread: after.threadSeconds - before.threadSeconds, mib: after.mib };
}

/** How many events a second the sender sends to a reader that drops them. */
async function senderLimit(bursts: Bursts): Promise<number> {
  const socket = join(folder, 'limit');
  const sender = new Sender(bursts);
  await sender.listen(socket);
  const client = await GrpcClient.connect(socket);
  let taken = 0;
  const begin = performance.now();
  const ended = client.stream('s', 'm', new Uint8Array(), () => taken++, new AbortController().signal);
  await sender.subscribed;
  sender.send();
  await ended;
  const seconds = (performance.now() - begin) / 1_000;
  client.close();
  sender.close();
  if (taken !== eventsMax) throw new Error(`the sender did not send all (got ${taken})`);
  return Math.round(taken / seconds);
}

const count = (n: number | undefined): string => (n ?? Number.NaN).toLocaleString('en-US');
const middle = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;

try {
  const bursts = burstsOf(eventsMax);
  const took: Awaited<ReturnType<typeof run>>[] = [];
  for (let i = 0; i < runs; i++) took.push(await run(bursts, i));
  const rates = took.map(({ seconds }) => Math.round(eventsMax / seconds)).toSorted((a, b) => a - b);
  const eachUs = (of: 'cpu' | 'thread'): string => {
    const sorted = took.map((each) => (each[of] * 1e6) / eventsMax).toSorted((a, b) => a - b);
    return `${middle(sorted).toFixed(1)} µs (${sorted[0]?.toFixed(1)} to ${sorted.at(-1)?.toFixed(1)})`;
  };
  const mib = Math.max(...took.map((each) => each.mib));
  process.stdout.write(
    `${count(eventsMax)} events, ${runs === 1 ? 'once' : `${runs} times`}: ${count(middle(rates))} a second (${count(rates[0])} to ${count(rates.at(-1))}; wanted: 100,000), processor time of each ${eachUs('cpu')}, of it on the busiest thread ${eachUs('thread')}, ${mib} MiB resident at most; the sender with a reader that drops all, in one process: ${count(await senderLimit(bursts))} a second; load ${loadavg()[0]?.toFixed(1)}\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(process.exitCode ?? 0);
