import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { TaskClient } from '../../../conformance/shim/task-client.ts';
import { TtrpcClient } from '../../../wire/ttrpc/client.ts';
import { until } from '../../until.ts';
import { Containerd } from '../containerd.ts';
import { shim } from '../gated.ts';
import { type Forwarded, Relay } from './relay.ts';

const disturbances = 100;
const containers = ['c1', 'c2'];
/** Longer than the 5 s that a shim waits for an answer. */
const longStopMs = 5_500;

const containerd = new Containerd();
const relay = new Relay(`${containerd.socket}.ttrpc`);
afterAll(async () => {
  containerd.signal('SIGCONT');
  await containerd.end();
  relay.end();
});

/** Calls a shim beside containerd, which may be away. */
class ShimClient extends TaskClient {
  static async of(id: string): Promise<ShimClient> {
    const client = new ShimClient();
    const address = readFileSync(join(containerd.bundle(id), 'address'), 'utf8');
    client.client = await TtrpcClient.connect(address.replace('unix://', ''));
    return client;
  }
}

/** Restarts, stops or slows containerd, in turn. */
async function disturb(i: number): Promise<void> {
  if (i % 3 === 0) {
    await containerd.stop(i % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
    await containerd.serve();
  } else if (i % 3 === 1) {
    containerd.signal('SIGSTOP');
    await sleep(i % 33 === 1 ? longStopMs : 20 * (i % 10));
    containerd.signal('SIGCONT');
  } else {
    for (let k = 0; k < 5; k++) {
      containerd.signal('SIGSTOP');
      await sleep(90);
      containerd.signal('SIGCONT');
      await sleep(10);
    }
  }
}

/** Runs execs one after the other until it is over. @returns how many */
async function runExecs(id: string, isOver: () => boolean): Promise<number> {
  const client = await ShimClient.of(id);
  let n = 0;
  while (!isOver()) {
    const exec = `e${++n}`;
    await client.exec(id, exec, ['/bin/sh', '-c', `exit ${n % 4}`]);
    await client.startProcess(id, exec);
    await client.wait(id, exec);
    await client.delete(id, exec);
  }
  client.client.close();
  return n;
}

/** What of a container containerd took first, in this order; and whatever is wrong with how it came. */
function account(events: readonly Forwarded[]): { first: string[]; faults: string[] } {
  const first: Forwarded[] = [];
  const faults: string[] = [];
  for (const event of events) {
    const before = first.find(({ timeNs }) => timeNs === event.timeNs);
    const last = first.at(-1);
    if (before) {
      if (before.text !== event.text) faults.push(`${event.text} has the time of ${before.text}`);
    } else if (last && last.timeNs > event.timeNs) {
      faults.push(`${event.text} came after ${last.text}, which is newer`);
    } else first.push(event);
  }
  return { first: first.map(({ text }) => text), faults };
}

it('loses, misplaces and doubles no event while containerd is restarted, stopped and slowed 100 times', async () => {
  const events = join(containerd.folder, 'relay.sock');
  const wrapper = join(containerd.folder, 'shim');
  writeFileSync(wrapper, `#!/bin/sh\nTTRPC_ADDRESS='${events}' exec '${shim}' "$@"\n`, { mode: 0o700 });
  containerd.use(wrapper);
  await relay.listen(events);
  await containerd.serve();
  for (const id of containers)
    expect((await containerd.run(['-d'], id, ['/bin/sleep', '3600'])).code).toBe(0);

  let isOver = false;
  const running = Promise.all(containers.map((id) => runExecs(id, () => isOver)));
  try {
    for (let i = 0; i < disturbances; i++) await disturb(i);
  } finally {
    isOver = true;
  }
  const execs = await running;

  for (const id of containers) {
    await containerd.ctr('task', 'kill', '-s', 'SIGKILL', id);
    await until(
      `a stopped ${id}`,
      () => containerd.ctr('task', 'ls'),
      ({ out }) => new RegExp(`^${id}\\s.*STOPPED`, 'm').test(out),
    );
    expect(await containerd.ctr('task', 'rm', id)).toMatchObject({ code: 0 });
  }
  for (const [i, id] of containers.entries()) {
    const taken = (): Forwarded[] => relay.taken.filter(({ container }) => container === id);
    await until(`delete of ${id}`, taken, (all) => all.some(({ text }) => text === 'delete'));
    const ofExecs = Array.from({ length: execs[i] ?? 0 }, (_, k) => k + 1).flatMap((n) =>
      ['exec-added', 'exec-started', 'exit'].map((topic) => `${topic} e${n}`),
    );
    expect(account(taken())).toEqual({
      first: ['create', 'start', ...ofExecs, 'exit', 'delete'],
      faults: [],
    });
  }
  // Without a request that failed and was repeated, nothing was tried.
  expect(relay.forwarded.length).toBeGreaterThan(new Set(relay.taken.map(({ timeNs }) => timeNs)).size);
});
