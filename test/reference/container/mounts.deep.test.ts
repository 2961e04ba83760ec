import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runDelete } from '../../../conformance/shim/shim-action.ts';
import { mountsBelow } from '../../../reference/linux/mount.ts';
import { shim } from '../gated.ts';
import { create, livedThrough, root, rootfs, tmpfs, withSubject } from './mounting.ts';

afterAll(() => rmSync(rootfs, { recursive: true }));

describe('the mounts of a container', () => {
  it('are gone when TaskDelete comes where the state folder is behind a link, too', async () => {
    const real = mkdtempSync(join(tmpdir(), 'shim-spec-real-'));
    const folder = `${real}-link`;
    symlinkSync(real, folder);
    try {
      await withSubject(
        async (subject) => {
          expect(await livedThrough(subject, [root])).toEqual({ before: [''], after: [] });
        },
        { folder },
      );
    } finally {
      rmSync(folder, { force: true });
      rmSync(real, { recursive: true, force: true });
    }
  });

  it('are as the options say, also where a bind takes a second call', () =>
    withSubject(async (subject) => {
      await create(subject, [
        { ...root, options: ['rbind', 'ro', 'nodev'] },
        { ...tmpfs, target: 'data' },
      ]);
      const [first, second] = mountsBelow(join(subject.bundle('c1'), 'rootfs'));
      expect(first?.options).toEqual(expect.arrayContaining(['ro', 'nodev']));
      expect(second?.options).toEqual(expect.arrayContaining(['rw', 'nosuid']));
      await subject.kill('c1', 9);
      await subject.wait('c1');
      await subject.delete('c1');
    }));

  it('are detached where somebody keeps them busy, and the log says so', () =>
    withSubject(async (subject) => {
      await create(subject, [root]);
      await subject.startProcess('c1');
      const user = openSync(join(subject.bundle('c1'), 'rootfs', 'data'), 'r');
      await subject.kill('c1', 9);
      await subject.wait('c1');
      await subject.delete('c1');
      closeSync(user);
      expect(subject.log).toMatch(/level=warning msg=".*\/c1\/rootfs was busy, and is detached"/);
    }));

  it('are gone after the action delete, where the shim was killed', () =>
    withSubject(async (subject) => {
      await create(subject, [root, { ...tmpfs, target: 'data' }]);
      const bundle = subject.bundle('c1');
      expect(mountsBelow(bundle)).toHaveLength(2);
      process.kill(subject.pid, 'SIGKILL');
      await runDelete(shim, { folder: subject.folder, id: 'c1', bundle, env: process.env });
    }));

  it('may be long where the folder that the shim works in is gone', () =>
    withSubject(async (subject) => {
      subject.configure('c2', ({ root: its }) => {
        its.path = 'rootfs';
      });
      rmSync(subject.bundle('c1'), { recursive: true });
      const parent = join(subject.folder, 'x'.repeat(80));
      const layers = Array.from({ length: 60 }, (_, i) => join(parent, String(i)));
      for (const layer of layers) mkdirSync(layer, { recursive: true });
      const options = [`lowerdir=${[...layers, rootfs].join(':')}`];
      await expect(create(subject, [{ type: 'overlay', source: 'overlay', options }], 'c2')).rejects.toThrow(
        /the options are too long/,
      );
      cpSync(rootfs, join(parent, '0'), { recursive: true, verbatimSymlinks: true });
      const near = [`lowerdir=${layers.join(':')}`];
      await create(subject, [{ type: 'overlay', source: 'overlay', options: near }], 'c2');
      await subject.startProcess('c2');
      expect((await subject.state('c2')).status).toBe(2);
      await subject.kill('c2', 9);
      await subject.wait('c2');
      await subject.delete('c2');
    }));
});
