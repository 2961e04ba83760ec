import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { expect } from 'vitest';
import { Subject, type SubjectOptions } from '../../../conformance/shim/subject.ts';
import { mountsBelow } from '../../../reference/linux/mount.ts';
import * as task from '../../../wire/proto/gen/task_pb.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

export const rootfs: string = busyboxRootfs();
mkdirSync(join(rootfs, 'data'));
mkdirSync(join(rootfs, 'a b'));
symlinkSync('data', join(rootfs, 'link'));
symlinkSync('/etc', join(rootfs, 'outside'));
symlinkSync('../..', join(rootfs, 'above'));

export type Mounts = MessageInitShape<typeof task.MountSchema>[];
export const root = { type: 'bind', source: rootfs, options: ['rbind', 'ro'] };
export const tmpfs = { type: 'tmpfs', source: 'tmpfs', options: ['size=1m', 'nosuid'] };

/** Runs `body` with a shim; nothing is mounted in its folder in the end. */
export async function withSubject(
  body: (subject: Subject) => Promise<void>,
  options: SubjectOptions = {},
): Promise<void> {
  const subject = new Subject(shim, rootfs, options);
  try {
    await subject.start('c1');
    subject.configure('c1', ({ root, process }) => {
      root.path = 'rootfs';
      process.args = ['/bin/sh', '-c', 'cat /proc/self/mountinfo; exec sleep 3600'];
    });
    await body(subject);
    expect(mountsBelow(subject.folder)).toEqual([]);
  } finally {
    await subject.end();
  }
}

export const create = (subject: Subject, rootfs: Mounts, id = 'c1') =>
  subject.call('Create', task.CreateTaskRequestSchema, task.CreateTaskResponseSchema, {
    id,
    bundle: subject.bundle(id),
    rootfs,
  });

/** What is mounted when TaskDelete comes, and the mounts before: paths below the bundle's rootfs. */
export async function livedThrough(
  subject: Subject,
  mounts: Mounts,
): Promise<{ before: string[]; after: string[] }> {
  const paths = (): string[] =>
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((path) => path.includes(`/c1/rootfs`) && path.includes('shim-spec-'))
      .map((path) => path.split('/c1/rootfs')[1] ?? '');
  await create(subject, mounts);
  const before = paths();
  await subject.startProcess('c1');
  expect((await subject.state('c1')).status).toBe(2);
  let after = ['no TaskDelete'];
  subject.events.onEvent = (text) => {
    if (text.includes('delete')) after = paths();
  };
  await subject.kill('c1', 9);
  await subject.wait('c1');
  await subject.delete('c1');
  await subject.events.wait('delete', ({ topic }) => topic === '/tasks/delete');
  return { before, after };
}
