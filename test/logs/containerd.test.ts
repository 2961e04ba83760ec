import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explanationOf } from '../../conformance/log/explanations.ts';
import { Containerd } from '../reference/containerd.ts';
import { fileOf, judged } from './lines.ts';

const containerd = new Containerd();
beforeAll(() => containerd.start());
afterAll(() => containerd.end());

/** A container that runs, has an exec that ends, and ends when it is killed. */
async function runToItsEnd(id: string): Promise<void> {
  await containerd.run(['-d'], id, ['/bin/sh', '-c', 'sleep 3600']);
  await containerd.ctr('task', 'exec', '--exec-id', 'e1', id, '/bin/true');
  await containerd.ctr('task', 'kill', '-s', 'SIGKILL', id);
  await containerd.seen(id, '/tasks/exit', id);
}

describe('the log of a real containerd', () => {
  it('breaks no rule, and a killed shim is told as what it is', async () => {
    await runToItsEnd('good');
    await containerd.ctr('task', 'rm', 'good');
    await containerd.seen('good', '/tasks/delete');
    const good = await judged(fileOf(containerd.printed));
    expect([[...good.counts], good.watched.events]).toEqual([[], 7]);

    await runToItsEnd('dead');
    for (const pid of containerd.shims()) process.kill(pid, 'SIGKILL');
    await containerd.seen('dead', '/tasks/delete');
    const { groups, counts } = await judged(fileOf(containerd.printed));
    expect([...counts]).toEqual([['at most one exit per process', 1]]);
    const breaches = groups.flatMap((group) => group.breaches);
    expect(breaches.map((each) => [each.container, explanationOf(each)?.name])).toEqual([
      ['dead', 'containerd cleaned up after a dead shim'],
    ]);
  });
});
