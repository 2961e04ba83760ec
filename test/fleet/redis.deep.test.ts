import { type ChildProcess, spawn } from 'node:child_process';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPartitions, streamOf } from '../../conformance/fleet/entries.ts';
import { connectRedis } from '../../conformance/fleet/redis.ts';
import { StreamWriter } from '../../conformance/fleet/stream-writer.ts';
import { main, shimSpec, shimSpecIn } from '../cli/shim-spec.ts';
import { Containerd } from '../reference/containerd.ts';
import { until } from '../until.ts';
import { eventsOfNode } from './logs.ts';
import { RedisServer } from './redis-server.ts';

const server = new RedisServer('--requirepass', 'secret');
const containerd = new Containerd();
beforeAll(() => Promise.all([server.start(), containerd.start()]));
afterAll(() => Promise.all([server.end(), containerd.end()]));

const url = (): string => server.url.replace('//', '//:secret@');
const report = (group: string): Record<string, unknown>[] => {
  const { out } = shimSpec('judge', '--from', url(), '--group', group, '--report', '--format', 'json');
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};

describe('a Redis that cannot be used', () => {
  it('is refused before anything is done, and its password is not shown', () => {
    const judge = (from: string, ...flags: string[]) => shimSpec('judge', '--from', from, ...flags);
    for (const [from, code, said] of [
      ['http://u:geheim@h', 150, 'got http://…, allowed redis://HOST:PORT/DATABASE'],
      ['redis://h/x', 150, 'got the database /x, allowed a number'],
      ['redis://127.0.0.1:1', 151, 'ECONNREFUSED'],
      [server.url.replace('//', '//:geheim@'), 151, 'WRONGPASS'],
      [server.url, 151, 'NOAUTH'],
      [`${url()}/99`, 151, 'DB index is out of range'],
    ] as const) {
      const { code: ended, err } = judge(from);
      expect([from, ended, err]).toEqual([from, code, expect.stringContaining(said)]);
      expect(err).not.toMatch(/geheim|secret/);
    }
    expect(judge(url(), '--group', 'a b')).toMatchObject({ code: 150 });
    const none = judge(url(), '--group', 'none', '--report');
    expect([none.code, none.err]).toEqual([151, expect.stringMatching(/no group none|lost the streams/)]);
  });

  it('is used with a password of the environment; a group stays with its revision', () => {
    const env = { SHIM_SPEC_REDIS_PASSWORD: 'secret' };
    const judge = (...flags: string[]) => shimSpecIn(env, 'judge', '--from', server.url, '--drain', ...flags);
    expect(judge('--group', 'by-main', '--spec', 'main')).toMatchObject({ code: 0, err: '' });
    const other = judge('--group', 'by-main', '--spec', 'none');
    expect([other.code, other.err]).toEqual([151, expect.stringContaining('one that is judged by main')]);
  });
});

describe('StreamWriter', () => {
  it('holds so many events while Redis is away, tells that it dropped more, and writes none twice', async () => {
    const redis = await connectRedis(url(), () => undefined);
    const partitions = await readPartitions(redis);
    const writer = new StreamWriter(redis, { node: 'full', run: 'r', partitions, keep: 1_000_000 });
    const ended = new AbortController();
    const running = writer.run(ended.signal, 60_000);
    writer.addGap('it began');
    const log = eventsOfNode(5, 100);
    const some = log[0] ?? expect.fail();
    await server.kill();
    for (let i = 0; i < 100_500; i++) writer.add({ ...some, container: `c${i}` });
    // The gap of its start may have been acknowledged before.
    expect([writer.waiting, writer.dropped]).toEqual([100_000, expect.toBeOneOf([500, 516])]);
    const held = 100_500 - writer.dropped;
    await server.start();
    await until('all written', () => writer.waiting === 0, Boolean, 120_000);
    writer.add({ ...some, container: 'after' });
    ended.abort();
    await running;
    // What is none of a watcher is counted, and bars nobody's way.
    await redis.xadd(streamOf(0), '*', 'node', 'x', 'run', 'r', 'n', 'many');
    redis.disconnect();
    expect(shimSpec('judge', '--from', url(), '--group', 'full', '--drain').code).toBeOneOf([0, 32]);
    const end = report('full').at(-1);
    expect(end).toMatchObject({ events: held + 1, gaps: 1, missing: 0, unreadable: 1, unjudged: 0 });
  });

  it('bounds what Redis holds, and a judge tells what is missing', async () => {
    const redis = await connectRedis(url(), () => undefined);
    const partitions = await readPartitions(redis);
    const writer = new StreamWriter(redis, { node: 'trimmed', run: 'r', partitions, keep: 1_000 });
    const [some] = eventsOfNode(5, 7);
    for (let i = 0; i < 20_000; i++) writer.add({ ...(some ?? expect.fail()), container: `c${i}` });
    await writer.run(AbortSignal.abort(), 60_000);
    expect(writer.written).toBe(20_000);
    const lengths = await Promise.all(Array.from({ length: partitions }, (_, i) => redis.xlen(streamOf(i))));
    expect(lengths.reduce((sum, n) => sum + n, 0)).toBeLessThan(10_000);
    redis.disconnect();
    shimSpec('judge', '--from', url(), '--group', 'trimmed', '--drain');
    expect(report('trimmed').at(-1)?.missing).toBeGreaterThanOrEqual(partitions);
  });
});

describe('watch --to', () => {
  it('brings what a real containerd publishes to a judge, who tells of a killed shim', async () => {
    const args = ['watch', '--address', containerd.socket, '--to', url(), '--node', 'node-7'];
    const watcher: ChildProcess = spawn(process.execPath, [main, ...args], { stdio: 'ignore' });
    const reader = new Redis(url());
    const lengths = async (): Promise<number> => {
      const all = await Promise.all(Array.from({ length: 16 }, (_, i) => reader.xlen(streamOf(i))));
      return all.reduce((sum, n) => sum + n, 0);
    };
    try {
      const before = await lengths();
      await until('its first entries', async () => (await lengths()) > before);
      let tries = 0;
      await until('the breach', async () => {
        const id = `dead-${++tries}`;
        await containerd.run(['-d'], id, ['/bin/sh', '-c', 'sleep 3600']);
        await containerd.ctr('task', 'kill', '-s', 'SIGKILL', id);
        await containerd.seen(id, '/tasks/exit', id);
        for (const pid of containerd.shims()) process.kill(pid, 'SIGKILL');
        await containerd.seen(id, '/tasks/delete');
        shimSpec('judge', '--from', url(), '--group', 'real', '--drain');
        return report('real').some(({ node }) => node === 'node-7');
      });
      const told = report('real').find(({ node }) => node === 'node-7');
      expect(told).toMatchObject({
        container: expect.stringMatching(/^dead-/),
        explanation: { name: 'containerd cleaned up after a dead shim' },
      });
    } finally {
      watcher.kill('SIGTERM');
      reader.disconnect();
      await until('the end of the watcher', () => watcher.exitCode !== null);
    }
    expect(watcher.exitCode).toBe(0);
  });
});
