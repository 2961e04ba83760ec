import { describe, expect, it } from 'vitest';
import { flag, mountOptions } from '../../../reference/container/mount-options.ts';

describe('mountOptions', () => {
  it('sets and clears flags in order, and leaves the rest to the file system', () => {
    expect(mountOptions('ext4', ['ro', 'nosuid', 'data=ordered', 'suid', 'noload'])).toEqual({
      flags: flag.readOnly,
      propagation: 0,
      data: 'data=ordered,noload',
    });
    expect(mountOptions('', ['rbind', 'rslave', 'defaults'])).toEqual({
      flags: flag.bind | flag.recursive,
      propagation: flag.slave | flag.recursive,
      data: '',
    });
  });

  it('keeps what is quoted', () => {
    const context = 'context="system_u:object_r:container_file_t:s0:c1,c2"';
    expect(mountOptions('overlay', [context]).data).toBe(context);
  });

  const layers = (parent: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${parent}/snapshots/${i}/fs`);

  it('names the lower folders of an overlay from their parent where a page does not hold them', () => {
    const parent = `/var/lib/${'x'.repeat(90)}`;
    const [few, many] = [layers(parent, 20), layers(parent, 60)];
    const ends = ['upperdir=/u', 'workdir=/w'];
    expect(mountOptions('overlay', [`lowerdir=${few.join(':')}`, ...ends]).from).toBeUndefined();
    expect(mountOptions('overlay', [`lowerdir=${many.join(':')}`, ...ends])).toEqual({
      flags: 0,
      propagation: 0,
      data: `lowerdir=${Array.from({ length: 60 }, (_, i) => `${i}/fs`).join(':')},upperdir=/u,workdir=/w`,
      from: `${parent}/snapshots`,
    });
  });

  it('knows an escaped colon in the path of a lower folder', () => {
    const parent = `/var/${'x'.repeat(90)}/a\\:b`;
    const { data, from } = mountOptions('overlay', [`lowerdir=${layers(parent, 60).join(':')}`]);
    expect(from).toBe(`/var/${'x'.repeat(90)}/a:b/snapshots`);
    expect(data).toMatch(/^lowerdir=0\/fs:1\/fs:/);
  });

  it('refuses what it cannot do, and says why', () => {
    for (const [option, why] of [
      ['loop', /^option loop cannot be used: this shim sets up no loop devices/],
      ['uidmap=0:1000:1', /no mounts with mapped ids/],
      ['X-containerd.mkdir', /mount manager/],
      ['x'.repeat(4096), /too long \(got 4096 bytes, allowed 4095\)/],
    ] as const)
      expect(() => mountOptions('overlay', [option])).toThrow(why);
    const apart = ['/a', '/b'].flatMap((parent) => layers(`${parent}/${'x'.repeat(90)}`, 30));
    expect(() => mountOptions('overlay', [`lowerdir=${apart.join(':')}`])).toThrow(/too long/);
  });
});
