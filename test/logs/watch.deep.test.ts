import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ForwardRequestSchema } from '../../wire/proto/gen/forward_pb.ts';
import { TtrpcClient } from '../../wire/ttrpc/client.ts';
import { main } from '../cli/shim-spec.ts';
import { Containerd } from '../reference/containerd.ts';
import { until } from '../until.ts';

const containerd = new Containerd();
beforeAll(() => containerd.start());
afterAll(() => containerd.end());

interface Said {
  readonly kind: 'breach' | 'gap' | 'end';
  readonly container?: string;
  readonly explanation?: { readonly name: string };
  readonly events?: unknown;
  readonly breaches?: number;
  readonly unknown?: number;
}

const port = 20_000 + (process.pid % 20_000);

/** What Prometheus would read. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const rows = text.split('\n').filter((line) => line.startsWith(`shim_spec_${name}`));
  return rows.reduce((sum, row) => sum + Number(row.split(' ').at(-1)), 0);
}

/** A watcher, and the lines that it has written. */
class Watcher {
  readonly child: ChildProcess;
  #out = '';

  constructor() {
    const args = [
      main,
      'watch',
      '--address',
      containerd.socket,
      '--format',
      'json',
      '--metrics',
      String(port),
    ];
    this.child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.child.stdout?.on('data', (part: Buffer) => {
      this.#out += part.toString();
    });
  }

  get said(): Said[] {
    const lines = this.#out.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Said);
  }

  of(kind: Said['kind']): Said[] {
    return this.said.filter((each) => each.kind === kind);
  }

  async end(): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    this.child.kill('SIGTERM');
    const [code] = (await once(this.child, 'exit')) as [number | null];
    return code;
  }
}

/** Runs a container to the exit of its init. */
async function exited(id: string): Promise<void> {
  await containerd.run(['-d'], id, ['/bin/sh', '-c', 'sleep 3600']);
  await containerd.ctr('task', 'kill', '-s', 'SIGKILL', id);
  await containerd.seen(id, '/tasks/exit', id);
}

/** Kills the shims, so that containerd publishes a second exit. */
async function shimKilled(id: string): Promise<void> {
  for (const pid of containerd.shims()) process.kill(pid, 'SIGKILL');
  await containerd.seen(id, '/tasks/delete');
}

/** Has containerd publish an event of a task whose type nobody knows, as a newer shim may. */
async function forwardUnknown(): Promise<void> {
  const client = await TtrpcClient.connect(`${containerd.socket}.ttrpc`);
  const envelope = {
    ...{ namespace: 'default', topic: '/tasks/exit', timestamp: { seconds: 1_700_000_000n, nanos: 0 } },
    event: { typeUrl: 'containerd.events.TaskVanished', value: new Uint8Array([255, 255]) },
  };
  const request = toBinary(ForwardRequestSchema, create(ForwardRequestSchema, { envelope }));
  await client.call('containerd.services.events.ttrpc.v1.Events', 'Forward', request);
  client.close();
}

describe('shim-spec watch', () => {
  it('tells of a breach with its cause, and goes on after a restart of containerd', async () => {
    const watcher = new Watcher();
    try {
      // A watcher says nothing while all is well: it is there once it tells of a breach.
      let tries = 0;
      await until('the first breach', async () => {
        const id = `first-${++tries}`;
        await exited(id);
        await shimKilled(id);
        return watcher.of('breach').length > 0;
      });
      const [first] = watcher.of('breach');
      expect(first?.explanation?.name).toBe('containerd cleaned up after a dead shim');

      await forwardUnknown();
      await containerd.run(['-d'], 'across', ['/bin/sh', '-c', 'sleep 3600']);
      await containerd.stop();
      await until('the gap', () => watcher.of('gap').length > 0);
      await containerd.start();
      const before = watcher.of('breach').length;
      await until('a breach after the restart', async () => {
        const id = `again-${++tries}`;
        await exited(id);
        await shimKilled(id);
        return watcher.of('breach').length > before;
      });
      const containers = new Set(watcher.of('breach').map(({ container }) => container));
      // It was there before the restart, and nothing of it was wrong.
      expect(containers).not.toContain('across');

      await until(
        'every breach that was counted',
        async () => watcher.of('breach').length - (await metric('breaches_total')),
        (difference) => difference === 0,
      );
      expect(await metric('gaps_total')).toBe(1);
      expect(await metric('events_total')).toBeGreaterThan(8);
      expect(await metric('open_processes')).toBe(0);
      expect(await metric('lag_seconds')).toBeLessThan(60);

      expect(await watcher.end()).toBe(32);
      expect(watcher.of('end')).toHaveLength(1);
      expect(watcher.of('end')[0]).toMatchObject({ breaches: watcher.of('breach').length, unknown: 1 });
    } finally {
      await watcher.end();
    }
  });
});
