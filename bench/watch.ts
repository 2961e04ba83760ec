/**
 * `npm run bench:watch [EVENTS]`: how many events a second one `shim-spec watch` judges. The events come over gRPC, as
 * containerd's API has them, from a server of this process, as fast as the watcher takes them; containers of ten events,
 * 2,000 alive at once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toBinary } from '@bufbuild/protobuf';
import { EnvelopeSchema } from '../wire/proto/gen/forward_pb.ts';
import { lives, usedBy } from './watch-events.ts';

const [eventsText = '1000000'] = process.argv.slice(2);
const eventsMax = Number(eventsText);
const runs = 3;
const perChunk = 500;
const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-watch-'));

/** All events, made before anything is measured: each a message of gRPC, five bytes and an envelope. */
function makeChunks(): Buffer[] {
  const chunks: Buffer[] = [];
  let frames: Buffer[] = [];
  for (const envelope of lives(eventsMax)) {
    const bytes = toBinary(EnvelopeSchema, envelope);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(bytes.length, 1);
    frames.push(head, Buffer.from(bytes));
    if (frames.length < 2 * perChunk) continue;
    chunks.push(Buffer.concat(frames));
    frames = [];
  }
  return [...chunks, Buffer.concat(frames)];
}

async function send(stream: ServerHttp2Stream, chunks: readonly Buffer[]): Promise<void> {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  for (const chunk of chunks) if (!stream.write(chunk)) await once(stream, 'drain');
  stream.end();
}

/** What one run took: from the first event until the watcher says that the subscription ended. */
async function run(
  chunks: readonly Buffer[],
  i: number,
): Promise<{ seconds: number; cpu: number; mib: number }> {
  const socket = join(folder, `s${i}`);
  const server = createServer();
  const subscribed = once(server, 'stream') as Promise<[ServerHttp2Stream]>;
  server.listen(socket);
  await once(server, 'listening');
  const args = [main, 'watch', '--address', socket, '--format', 'json'];
  const watcher: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = once(watcher.stdout as NodeJS.ReadableStream, 'data') as Promise<[Buffer]>;
  const [stream] = await subscribed;
  const before = usedBy(watcher.pid ?? 0);
  const begin = performance.now();
  await send(stream, chunks);
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
  server.close();
  if (first.kind !== 'gap' || last.events !== eventsMax || last.breaches !== 0)
    throw new Error(`the watcher did not judge all (got ${JSON.stringify([first, last])})`);
  return { seconds, cpu: after.seconds - before.seconds, mib: after.mib };
}

try {
  const chunks = makeChunks();
  const took = [];
  for (let i = 0; i < runs; i++) took.push(await run(chunks, i));
  const rates = took.map(({ seconds }) => Math.round(eventsMax / seconds)).toSorted((a, b) => a - b);
  const cpu = took.map((each) => (each.cpu * 1e6) / eventsMax).toSorted((a, b) => a - b);
  const count = (n: number | undefined): string => (n ?? Number.NaN).toLocaleString('en-US');
  process.stdout.write(
    `${count(eventsMax)} events: ${count(rates[1])} a second (${count(rates[0])} to ${count(rates[2])}), ${cpu[1]?.toFixed(1)} µs of processor time each (${cpu[0]?.toFixed(1)} to ${cpu[2]?.toFixed(1)}), ${Math.max(...took.map(({ mib }) => mib))} MiB resident at most (wanted: 100,000 a second)\n`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(process.exitCode ?? 0);
