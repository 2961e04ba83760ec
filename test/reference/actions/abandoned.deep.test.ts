import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Subject } from '../../../conformance/shim/subject.ts';
import { TtrpcClient } from '../../../wire/ttrpc/client.ts';
import { until } from '../../until.ts';
import { Containerd, leftovers } from '../containerd.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

const isGone = (subject: Subject): boolean => !existsSync(`/proc/${subject.pid}`);

/** The containers that runc knows. */
const containersOf = (subject: Subject): string => {
  const root = join(subject.folder, 'runc', 'shim-spec');
  return existsSync(root) ? execFileSync('runc', ['--root', root, 'list', '-q'], { encoding: 'utf8' }) : '';
};

const containerd = new Containerd();
afterAll(() => containerd.end());

describe('a shim whose containerd has died', () => {
  it('ends where nobody can ask for it, and is found again where somebody can', async () => {
    const subjects = Object.fromEntries(
      ['empty', 'created', 'forgotten', 'running'].map((name) => [name, new Subject(shim, rootfs)]),
    ) as Record<'empty' | 'created' | 'forgotten' | 'running', Subject>;
    try {
      for (const subject of Object.values(subjects)) await subject.start('c1');
      const { empty, created, forgotten, running } = subjects;
      for (const subject of [created, forgotten, running]) await subject.create('c1');
      const { pid: init } = await forgotten.state('c1');
      await running.startProcess('c1');
      for (const subject of Object.values(subjects)) subject.client.close();
      for (const subject of [forgotten, running]) rmSync(subject.bundle('c1'), { recursive: true });
      for (const subject of [empty, forgotten])
        await until('the end of the shim', () => isGone(subject), Boolean, 60_000);
      for (const subject of [empty, forgotten]) expect(existsSync(subject.address)).toBe(false);
      expect(existsSync(`/proc/${init}`)).toBe(false);
      expect(containersOf(forgotten)).toBe('');
      for (const [subject, status] of [
        [created, 1],
        [running, 2],
      ] as const) {
        expect(isGone(subject)).toBe(false);
        subject.client = await TtrpcClient.connect(subject.address);
        expect((await subject.state('c1')).status).toBe(status);
      }
      expect(readdirSync(created.bundle('c1'))).toContain('address');
    } finally {
      for (const subject of Object.values(subjects)) await subject.end();
    }
  });

  it('is found by the next containerd, or ends, wherever its start stood', async () => {
    await containerd.start();
    const ids = Array.from({ length: 6 }, (_, i) => `abandoned-${i}`);
    const runs = ids.map((id) => containerd.run(['-d'], id, ['/bin/sleep', '3600']));
    await until('the first shims', () => containerd.shims().length >= 2);
    await containerd.stop('SIGKILL');
    await Promise.all(runs);
    await containerd.start();
    for (const id of ids) {
      await containerd.ctr('task', 'rm', '-f', id);
      await containerd.ctr('containers', 'rm', id);
    }
    await until(
      'the end of each shim, and of all that it held',
      () => [...containerd.shims(), ...ids.flatMap((id) => leftovers(id, containerd.folder))],
      (left) => left.length === 0,
      90_000,
    );
  });
});
