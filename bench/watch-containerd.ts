/**
 * `npm run bench:watch-containerd [EVENTS]`: how many events a second a real containerd gives one subscriber, which is
 * `shim-spec watch`. The publishers forward as shims do, over ttrpc, as fast as containerd takes them. All share the
 * machine, so the processor time of each tells more than the rate.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import { Containerd } from '../test/reference/containerd.ts';
import { until } from '../test/until.ts';
import { ForwardRequestSchema } from '../wire/proto/gen/forward_pb.ts';
import { TtrpcClient } from '../wire/ttrpc/client.ts';
import { lives, usedBy } from './watch-events.ts';

const connections = 64;
const [eventsText = '100000', socket] = process.argv.slice(2);
/** A multiple of {@link connections}. */
const events = Math.ceil(Number(eventsText) / connections) * connections;

/** Forwards all events. Of one connection the calls wait for each other, as a shim's do, so that order is kept. */
async function publish(address: string): Promise<void> {
  const shims = await Promise.all(
    Array.from({ length: connections }, async (_, i) => ({
      client: await TtrpcClient.connect(address),
      requests: [...lives(events / connections, 32, 1_000_000 * i)].map((envelope) =>
        toBinary(ForwardRequestSchema, create(ForwardRequestSchema, { envelope })),
      ),
    })),
  );
  process.send?.('ready');
  await once(process, 'message');
  await Promise.all(
    shims.map(async ({ client, requests }) => {
      for (const each of requests)
        await client.call('containerd.services.events.ttrpc.v1.Events', 'Forward', each);
    }),
  );
  process.exit(0);
}

/** The metrics of a watcher: how many events it has judged. */
async function judged(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => null);
  const rows = ((await answer?.text()) ?? '').split('\n').filter((row) => row.startsWith('shim_spec_events'));
  return rows.reduce((sum, row) => sum + Number(row.split(' ').at(-1)), 0);
}

async function measure(): Promise<void> {
  const containerd = new Containerd();
  const children: ChildProcess[] = [];
  try {
    await containerd.serve();
    const port = 20_000 + (process.pid % 20_000);
    const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
    const args = ['watch', '--address', containerd.socket, '--format', 'json', '--metrics', String(port)];
    const watcher = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const publisher = fork(fileURLToPath(import.meta.url), [eventsText, `${containerd.socket}.ttrpc`]);
    children.push(watcher, publisher);
    const said: Buffer[] = [];
    watcher.stdout?.on('data', (part: Buffer) => said.push(part));
    await once(publisher, 'message');
    await until('the metrics of the watcher', () =>
      fetch(`http://127.0.0.1:${port}/metrics`).catch(() => null),
    );
    const pids = { containerd: containerd.pid, watch: watcher.pid ?? 0, publisher: publisher.pid ?? 0 };
    const used = (): Record<string, number> =>
      Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, usedBy(pid).seconds]));
    const before = used();
    const begin = performance.now();
    publisher.send('go');
    await until('the last event', async () => (await judged(port)) >= events, Boolean, 120_000);
    const seconds = (performance.now() - begin) / 1_000;
    const after = { ...before, ...used() };
    const each = Object.keys(pids).map(
      (name) => `${name} ${((((after[name] ?? 0) - (before[name] ?? 0)) * 1e6) / events).toFixed(1)}`,
    );
    process.stdout.write(
      `${events} events through containerd: ${Math.round(events / seconds)} a second; processor time of each in µs: ${each.join(', ')}\n`,
    );
    watcher.kill('SIGTERM');
    await once(watcher, 'exit');
    const end = Buffer.concat(said).toString().trim().split('\n').at(-1) ?? '{}';
    if ((JSON.parse(end) as { breaches?: number }).breaches !== 0) throw new Error(`a false alarm: ${end}`);
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await containerd.end();
  }
}

await (socket === undefined ? measure() : publish(socket));
