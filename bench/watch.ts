/**
 * `npm run bench:watch [EVENTS]`: how many events a second one `shim-spec watch` judges. The events come over gRPC, as
 * containerd's API has them, from a server of this process, as fast as the watcher takes them; containers of ten events,
 * 2,000 alive at once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as proto from '../wire/proto/gen/events_pb.ts';
import { EnvelopeSchema } from '../wire/proto/gen/forward_pb.ts';

const [eventsText = '1000000'] = process.argv.slice(2);
const eventsMax = Number(eventsText);
const runs = 3;
const aliveAtOnce = 2_000;
const perChunk = 500;
const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-watch-'));

/** A message of gRPC: five bytes, and an envelope. */
function frame<D extends DescMessage>(topic: string, schema: D, of: MessageInitShape<D>, n: number): Buffer {
  const event = { typeUrl: schema.typeName, value: toBinary(schema, create(schema, of)) };
  const timestamp = {
    seconds: BigInt(1_700_000_000 + Math.floor(n / 1_000)),
    nanos: (n % 1_000) * 1_000_000,
  };
  const envelope = { namespace: 'k8s.io', topic: `/tasks/${topic}`, timestamp, event };
  const bytes = toBinary(EnvelopeSchema, create(EnvelopeSchema, envelope));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** What a container publishes: itself and two execs. */
function lifeOf(number: number): ((n: number) => Buffer)[] {
  const containerId = number.toString(16).padStart(64, '0');
  const of = { containerId, pid: 5 };
  const exec = (execId: string, pid: number): ((n: number) => Buffer)[] => [
    (n) => frame('exec-added', proto.TaskExecAddedSchema, { containerId, execId }, n),
    (n) => frame('exec-started', proto.TaskExecStartedSchema, { containerId, execId, pid }, n),
    (n) => frame('exit', proto.TaskExitSchema, { containerId, id: execId, pid }, n),
  ];
  return [
    (n) => frame('create', proto.TaskCreateSchema, of, n),
    (n) => frame('start', proto.TaskStartSchema, of, n),
    ...exec('a', 6),
    ...exec('b', 7),
    (n) => frame('exit', proto.TaskExitSchema, { ...of, id: containerId }, n),
    (n) => frame('delete', proto.TaskDeleteSchema, of, n),
  ];
}

/** All events, made before anything is measured. */
function makeChunks(): Buffer[] {
  const alive: ((n: number) => Buffer)[][] = [];
  const chunks: Buffer[] = [];
  let frames: Buffer[] = [];
  let made = 0;
  for (let n = 0; n < eventsMax; n++) {
    while (alive.length < aliveAtOnce) alive.push(lifeOf(made++));
    const at = (n * 7919) % alive.length;
    const next = alive[at]?.shift();
    if (next) frames.push(next(n));
    if (alive[at]?.length === 0) alive.splice(at, 1);
    if (frames.length === perChunk || n === eventsMax - 1) {
      chunks.push(Buffer.concat(frames));
      frames = [];
    }
  }
  return chunks;
}

async function send(stream: ServerHttp2Stream, chunks: readonly Buffer[]): Promise<void> {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc+proto' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  for (const chunk of chunks) if (!stream.write(chunk)) await once(stream, 'drain');
  stream.end();
}

/** The processor seconds and peak memory of a process. */
function usedBy(pid: number): { seconds: number; mib: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { seconds: (Number(stat[11]) + Number(stat[12])) / 100, mib: Math.round(Number(kib) / 1_024) };
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
