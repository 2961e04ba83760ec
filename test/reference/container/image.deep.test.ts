import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mountsBelow } from '../../../reference/linux/mount.ts';
import { Containerd } from '../containerd.ts';
import { makeImage } from './image.ts';

const containerd = new Containerd();
beforeAll(() => containerd.start());
afterAll(() => containerd.end());

it('an image of 60 layers runs, and nothing is mounted afterwards', async () => {
  const name = 'docker.io/library/layers:latest';
  const layers = Array.from({ length: 60 }, (_, i) => join(containerd.folder, 'layers', String(i)));
  for (const [i, layer] of layers.entries()) {
    mkdirSync(layer, { recursive: true });
    writeFileSync(join(layer, `layer-${i}`), `${i}\n`);
  }
  const archive = makeImage(containerd.folder, name, [containerd.rootfs, ...layers]);
  expect(await containerd.ctr('images', 'import', archive)).toMatchObject({ code: 0 });
  const run = ['run', '--rm', '--runtime', 'io.containerd.spec.v2', name, 'c1'];
  expect(await containerd.ctr(...run, '/bin/sh', '-c', 'cat /layer-0 /layer-59; echo x > /written')).toEqual({
    out: '0\n59\n',
    code: 0,
  });
  await containerd.seen('c1', '/tasks/delete');
  expect(mountsBelow(containerd.folder)).toEqual([]);
});
