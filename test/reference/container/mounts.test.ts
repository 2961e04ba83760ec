import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { mountsBelow } from '../../../reference/linux/mount.ts';
import { create, livedThrough, type Mounts, root, rootfs, tmpfs, withSubject } from './mounting.ts';

afterAll(() => rmSync(rootfs, { recursive: true }));

describe('the mounts of a container', () => {
  it('are made on targets below the root, and gone when TaskDelete comes', () =>
    withSubject(async (subject) => {
      const targets = ['/data', 'a b', '/link'].map((target) => ({ ...tmpfs, target }));
      expect(await livedThrough(subject, [root, ...targets])).toEqual({
        before: ['', '/data', '/a\\040b', '/data'],
        after: [],
      });
    }));

  it('are an overlay of 60 layers, whose options are longer than a page', () =>
    withSubject(async (subject) => {
      const parent = join(subject.folder, 'x'.repeat(80));
      const layers = Array.from({ length: 60 }, (_, i) => join(parent, String(i), 'fs'));
      for (const layer of layers) mkdirSync(layer, { recursive: true });
      cpSync(rootfs, layers.at(-1) ?? '', { recursive: true, verbatimSymlinks: true });
      const [upper, work] = ['upper', 'work'].map((name) => join(subject.folder, name));
      for (const folder of [upper, work]) mkdirSync(folder ?? '');
      const options = [`workdir=${work}`, `upperdir=${upper}`, `lowerdir=${layers.join(':')}`];
      expect(options.join(',').length).toBeGreaterThan(4096);
      const overlay = { type: 'overlay', source: 'overlay', options };
      expect(await livedThrough(subject, [overlay])).toEqual({ before: [''], after: [] });
    }));

  it('cannot leave the root or hold a NUL; then none is made, and the shim goes on', () =>
    withSubject(async (subject) => {
      const before = readdirSync(`/proc/${subject.pid}/fd`).length;
      const bad: [mount: Mounts[number], why: RegExp][] = [
        [{ ...tmpfs, target: '../..' }, /target \.\.\/\.\. leaves the root/],
        [{ ...tmpfs, target: '/data/../../..' }, /leaves the root/],
        [{ ...tmpfs, target: '/outside' }, /target \/outside leaves the root/],
        [{ ...tmpfs, target: '/above' }, /target \/above leaves the root/],
        [{ ...tmpfs, target: '/missing' }, /ENOENT/],
        [{ ...tmpfs, options: ['size=1m\0'] }, /an option holds a NUL \(got "size=1m\\u0000"\)/],
        [{ ...tmpfs, source: 'a\0b' }, /source holds a NUL/],
        [{ ...tmpfs, target: 'data\0' }, /target holds a NUL/],
        [{ ...tmpfs, type: 'no-such-type' }, /no-such-type tmpfs on .*: mount: ENODEV/],
        [{ ...tmpfs, options: ['no-such-option'] }, /options no-such-option: mount: EINVAL/],
        [{ ...tmpfs, options: ['loop'] }, /option loop cannot be used/],
        [{ ...tmpfs, type: 'fuse3.no-such-program' }, /mount\.fuse3|fuse3\.no-such-program/],
      ];
      for (const [mount, why] of bad) {
        await expect(create(subject, [root, mount])).rejects.toThrow(/^failed to mount rootfs component: /);
        await expect(create(subject, [root, mount])).rejects.toThrow(why);
        expect(mountsBelow(subject.folder)).toEqual([]);
      }
      subject.configure('c1', ({ process }) => {
        process.args = ['/bin/nowhere'];
      });
      await expect(create(subject, [root])).rejects.toThrow(/^OCI runtime create failed/);
      expect(mountsBelow(subject.folder)).toEqual([]);
      expect(readdirSync(`/proc/${subject.pid}/fd`).length).toBe(before);
      subject.configure('c1', ({ process }) => {
        process.args = ['/bin/sleep', '3600'];
      });
      expect(await livedThrough(subject, [root])).toEqual({ before: [''], after: [] });
    }));
});
