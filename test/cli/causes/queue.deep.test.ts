import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needDebian } from '../../debian.ts';
import { RedisServer } from '../../fleet/redis-server.ts';
import { until } from '../../until.ts';
import { main, shimSpec } from '../shim-spec.ts';

const longMs = 300_000;
const question = ['causes', 'main', '--execs', '0', '--with', 'shared-pid-namespace,delete,shutdown,wait'];
const asked = [...question, '--format', 'json'];
const whole = shimSpec(...asked).out;

const started = new Set<ChildProcess>();
const networks: string[] = [];
const server = new RedisServer();
let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'shim-spec-queue-'));
  await server.start();
});
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  for (const name of networks) spawnSync('ip', ['netns', 'delete', name]);
  await server.end();
  rmSync(folder, { recursive: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly code: Promise<number | null>;
}

function run(command: string, ...args: string[]): Running {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  started.add(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (piece) => {
    out += piece;
  });
  child.stderr.on('data', (piece) => {
    err += piece;
  });
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, out: () => out, err: () => err, code };
}

const shim = (...args: string[]): Running => run(process.execPath, main, ...args);

async function worker(url: string, ...before: string[]): Promise<Running> {
  const [command = process.execPath, ...rest] = [...before, process.execPath];
  const running = run(command, ...rest, main, 'worker', '--workers', '1', '--queue', url);
  await until('a worker', () => running.out().includes('1 thread for'), undefined, longMs);
  return running;
}

async function stop({ child, code }: Running): Promise<void> {
  child.kill('SIGTERM');
  expect(await code).toBe(0);
}

describe('causes --queue', () => {
  it('answers as one process does, though a worker is killed and Redis starts again', async () => {
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    const first = await worker(server.url);
    const answer = shim(...asked, '--queue', server.url);
    await until('a job that runs', async () => (await redis.llen('bull:shim-spec-causes:active')) > 0);
    first.child.kill('SIGKILL');
    await first.code;
    await server.kill();
    await server.start();
    const others = [await worker(server.url), await worker(server.url)];
    expect(await answer.code).toBe(0);
    expect(answer.out()).toBe(whole);
    // Nothing is left of the sweep.
    expect(await redis.keys('bull:shim-spec-causes:*-*-*-*-*')).toEqual([]);
    redis.disconnect();
    for (const other of others) await stop(other);
  });

  it('has workers in networks of their own', async () => {
    needDebian(['ip'], ['iproute2']);
    const ip = (...args: string[]): void => {
      const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
      expect([status, stderr]).toEqual([0, '']);
    };
    const inside = await Promise.all(
      [1, 2].map(async (i) => {
        const name = `shim-spec-${process.pid}-${i}`;
        const [near, far] = [`ssq${process.pid % 10_000}${i}a`, `ssq${process.pid % 10_000}${i}b`];
        const subnet = `10.233.${(process.pid + i) % 250}`;
        ip('netns', 'add', name);
        networks.push(name);
        ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name);
        ip('address', 'add', `${subnet}.1/24`, 'dev', near);
        ip('link', 'set', near, 'up');
        ip('-n', name, 'address', 'add', `${subnet}.2/24`, 'dev', far);
        ip('-n', name, 'link', 'set', far, 'up');
        const forward = run(
          process.execPath,
          '-e',
          `require('net').createServer((near) => { const far = require('net').connect(${new URL(server.url).port}, '127.0.0.1'); const end = () => { near.destroy(); far.destroy(); }; near.pipe(far).pipe(near); near.on('error', end).on('close', end); far.on('error', end).on('close', end); }).listen(6379, '${subnet}.1', () => console.log('ready'))`,
        );
        await until('the way to Redis', () => forward.out().includes('ready'));
        const running = await worker(`redis://${subnet}.1:6379`, 'ip', 'netns', 'exec', name);
        return { running, forward };
      }),
    );
    const answer = shim(...asked, '--queue', server.url);
    expect(await answer.code).toBe(0);
    expect(answer.out()).toBe(whole);
    for (const { running, forward } of inside) {
      await stop(running);
      forward.child.kill();
      await forward.code;
    }
  });

  it('is refused by a worker of other code, and answered by one of the same', async () => {
    const dist = dirname(dirname(main));
    const other = join(folder, 'other');
    cpSync(dist, join(other, 'dist'), { recursive: true });
    for (const name of ['node_modules', 'package.json'])
      symlinkSync(join(dist, '..', name), join(other, name));
    const changed = join(other, 'dist/spec/revisions/main.js');
    writeFileSync(changed, `${readFileSync(changed, 'utf8')}\n// another one\n`);
    const stranger = run(
      process.execPath,
      ...[join(other, 'dist/cli/main.js'), 'worker', '--workers', '1', '--queue', server.url],
    );
    await until('a worker', () => stranger.out().includes('1 thread for'), undefined, longMs);
    const answer = shim(...asked, '--queue', server.url);
    expect(await stranger.code).toBe(150);
    expect(stranger.err()).toMatch(/refuses a job of main \(got one of the code \w{16}, allowed \w{16}\)/);
    const own = await worker(server.url);
    expect(await answer.code).toBe(0);
    expect(answer.out()).toBe(whole);
    await stop(own);
  });

  it('ends what no worker can hold as unknown, and goes on', async () => {
    const own = await worker(server.url);
    const answer = shim(...asked, '--max-states', '400', '--queue', server.url);
    expect(await answer.code).toBe(20);
    expect(answer.out()).toBe(shimSpec(...asked, '--max-states', '400').out);
    await stop(own);
  });

  it('takes no senseless job, and no senseless answer', async () => {
    const connection = new Redis(server.url, { maxRetriesPerRequest: null });
    const queue = new Queue('shim-spec-causes', { connection });
    const own = await worker(server.url);
    const job = await queue.add('search', { job: { revision: 7 }, code: 'x' }, { attempts: 3 });
    await until('the refusal', async () => (await queue.getJob(job.id ?? ''))?.failedReason);
    expect(own.err()).toContain('the queue has what is no job (got 7 as a revision, allowed what causes');
    expect((await queue.getJob(job.id ?? ''))?.attemptsMade).toBe(1);
    await stop(own);
    const liar = new Worker('shim-spec-causes', async () => ({ end: 'whole', states: 1, rules: [] }), {
      connection: connection.duplicate(),
    });
    const answer = shim(...asked, '--queue', server.url);
    expect(await answer.code).toBe(151);
    expect(answer.err()).toMatch(/^shim-spec: the queue has another answer .*got a result without the rule/m);
    await liar.close();
    await queue.obliterate({ force: true });
    await queue.close();
    connection.disconnect();
  });

  it('refuses a queue of another version, and a Redis that is not there', async () => {
    const redis = new Redis(`${server.url}/3`);
    await redis.set('shim-spec:causes:version', '0');
    redis.disconnect();
    for (const args of [asked, ['worker']]) {
      const { code, err } = shimSpec(...args, '--queue', `${server.url}/3`);
      expect([code, err]).toEqual([150, expect.stringContaining('of another version (got 0, allowed 1)')]);
    }
    const { code, err } = shimSpec(...asked, '--queue', 'redis://127.0.0.1:1');
    expect([code, err]).toEqual([151, expect.stringContaining('redis://127.0.0.1:1 cannot be used')]);
  });
});
