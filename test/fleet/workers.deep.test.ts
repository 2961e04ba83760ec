import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPartitions, streamOf } from '../../conformance/fleet/entries.ts';
import { connectRedis } from '../../conformance/fleet/redis.ts';
import { StreamWriter } from '../../conformance/fleet/stream-writer.ts';
import { LogJudge } from '../../conformance/log/log-judge.ts';
import { Monitor } from '../../conformance/log/monitor.ts';
import { revisions } from '../../spec/index.ts';
import { main, shimSpec } from '../cli/shim-spec.ts';
import { until } from '../until.ts';
import { eventsOfNode } from './logs.ts';
import { RedisServer } from './redis-server.ts';

const server = new RedisServer();
const nodes = ['n1', 'n2', 'n3'];
const logs = new Map(nodes.map((node, i) => [node, eventsOfNode(i + 1, 400)]));
const numEvents = [...logs.values()].reduce((sum, log) => sum + log.length, 0);
const workers: ChildProcess[] = [];

beforeAll(() => server.start());
afterAll(async () => {
  for (const each of workers) each.kill('SIGKILL');
  await server.end();
});

function startWorker(group: string, ...flags: string[]): ChildProcess {
  const args = [main, 'judge', '--from', server.url, '--group', group, ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  workers.push(child);
  return child;
}

async function ended(child: ChildProcess): Promise<number | null> {
  return await until(
    'the end of a worker',
    () => child.exitCode,
    (code) => code !== null,
    120_000,
  );
}

/** What a group has found, byte by byte. */
function reportOf(group: string): string {
  const { out, err } = shimSpec(
    'judge',
    '--from',
    server.url,
    '--group',
    group,
    '--report',
    '--format',
    'json',
  );
  expect(err).toBe('');
  return out;
}

/** A machine's watcher. */
class Shipper {
  readonly writer: StreamWriter;
  readonly #redis: Redis;
  readonly #ended = new AbortController();
  readonly #running: Promise<void>;

  constructor(redis: Redis, node: string, partitions: number) {
    this.#redis = redis;
    this.writer = new StreamWriter(redis, { node, run: `run of ${node}`, partitions, keep: 1_000_000 });
    this.writer.addGap('it began');
    this.#running = this.writer.run(this.#ended.signal, 60_000);
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#running;
    this.#redis.disconnect();
  }
}

describe('shim-spec judge', () => {
  it('finds the same, to the byte, with three workers of which one is killed, and a Redis that is killed', async () => {
    const reader = new Redis(server.url);
    reader.on('error', () => undefined);
    const partitions = await readPartitions(reader);
    const shippers = new Map<string, Shipper>();
    for (const node of nodes)
      shippers.set(node, new Shipper(await connectRedis(server.url, () => undefined), node, partitions));
    const ship = (from: number, to: number): void => {
      for (const [node, log] of logs)
        for (const event of log.slice(log.length * from, log.length * to))
          shippers.get(node)?.writer.add(event);
    };

    const holders = async (): Promise<Set<string | null>> => {
      const all = Array.from({ length: partitions }, (_, i) => `shim-spec:group:three:${i}:lease`);
      return new Set(await reader.mget(all));
    };

    // A worker that has got entries and not acknowledged them is killed.
    const victim = startWorker('three');
    ship(0, 0.4);
    await until('a worker that is stopped with entries', async () => {
      victim.kill('SIGSTOP');
      for (let partition = 0; partition < partitions; partition++) {
        const [pending] = (await reader.xpending(streamOf(partition), 'three').catch(() => [0])) as [number];
        if (pending > 0) return true;
      }
      victim.kill('SIGCONT');
      return false;
    });
    const killed = await holders();
    victim.kill('SIGKILL');
    startWorker('three');
    const second = startWorker('three');
    await until('two other workers that share all', async () => {
      const now = await holders();
      return now.size === 2 && !now.has([...killed][0] ?? null) && !now.has(null);
    });

    ship(0.4, 0.7);
    const said = once(second.stderr ?? expect.fail(), 'data');
    await server.kill();
    ship(0.7, 1);
    expect(String(await said)).toContain('went away');
    await server.start();
    startWorker('three');

    for (const shipper of shippers.values()) await shipper.end();
    expect(await ended(startWorker('three', '--drain'))).toBeOneOf([0, 32]);
    for (const each of workers) each.kill('SIGTERM');
    for (const each of workers.slice(1)) expect(await ended(each)).toBeOneOf([0, 32]);
    expect(await ended(startWorker('one', '--drain'))).toBe(32);

    const three = reportOf('three');
    expect(three).toBe(reportOf('one'));
    const lines = three
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { events, breaches, missing, unjudged, gaps, rules } = lines.at(-1);
    expect({ events, missing, unjudged, gaps }).toEqual({
      events: numEvents,
      missing: 0,
      unjudged: 0,
      gaps: 0,
    });
    expect(lines).toHaveLength(breaches + 1);

    // One process that judges without Redis.
    const judge = new LogJudge(revisions.find(({ slug }) => slug === 'proposed') ?? expect.fail());
    const counts: Record<string, number> = {};
    for (const log of logs.values()) {
      const monitor = new Monitor(judge, ({ rule }) => {
        counts[rule.name] = (counts[rule.name] ?? 0) + 1;
      });
      for (const event of log) monitor.take(event);
    }
    expect(rules).toEqual(counts);
    expect(breaches).toBeGreaterThan(100);
    reader.disconnect();
  });
});
