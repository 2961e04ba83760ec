import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Subject } from '../../conformance/shim/subject.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { until } from '../until.ts';
import { shim } from './gated.ts';
import { busyboxRootfs } from './rootfs.ts';

const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

describe('an events service that answers with an error for a while', () => {
  for (const refusedMs of [2_000, 8_000, 20_000]) {
    it(`loses nothing, and misplaces nothing, after ${refusedMs / 1_000} s of Unknown`, async () => {
      const subject = new Subject(shim, rootfs);
      try {
        await subject.start('c1');
        await subject.create('c1');
        await subject.startProcess('c1');
        await subject.events.wait('/tasks/start', ({ topic }) => topic === '/tasks/start');
        const end = performance.now() + refusedMs;
        let refusals = 0;
        subject.events.onForward = () => {
          if (performance.now() > end) return;
          refusals++;
          throw new StatusError(code.unknown, 'containerd starts up');
        };
        for (const exec of ['e1', 'e2']) {
          await subject.exec('c1', exec, ['/bin/true']);
          await subject.startProcess('c1', exec);
          await subject.wait('c1', exec);
        }
        await subject.kill('c1', 9);
        await subject.wait('c1');
        await subject.delete('c1');
        await subject.events.wait(
          '/tasks/delete',
          ({ topic }) => topic === '/tasks/delete',
          refusedMs + 10_000,
        );
        expect(refusals).toBeGreaterThan(3);
        const seen = subject.events.seen.map(({ topic, exec }) =>
          `${topic.replace('/tasks/', '')} ${exec}`.trim(),
        );
        expect(seen).toEqual([
          'create',
          'start',
          'exec-added e1',
          'exec-started e1',
          'exit e1',
          'exec-added e2',
          'exec-started e2',
          'exit e2',
          'exit',
          'delete',
        ]);
      } finally {
        await subject.end();
      }
    });
  }
});

describe('a shim that is shut down while its events wait', () => {
  it('takes no Create any more, and leaves no process', async () => {
    const subject = new Subject(shim, rootfs);
    try {
      await subject.start('c1');
      subject.events.onForward = () => {
        throw new StatusError(code.unknown, 'containerd starts up');
      };
      await subject.create('c1');
      await subject.delete('c1');
      await subject.shutdown();
      await expect(subject.create('c2')).rejects.toThrow(
        'container c2 cannot be created: the shim is shut down',
      );
      await until('the end of the shim', () => !subject.isAlive);
      expect(existsSync(join(subject.bundle('c2'), 'init.pid'))).toBe(false);
    } finally {
      await subject.end();
    }
  });
});
