import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '../../wire/proto/gen/task_pb.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { runToEnd } from '../linux/spawn.ts';

/** Mounts what containerd asks for on the bundle's rootfs. @throws StatusError where a mount fails; all are undone then */
export async function mountRootfs(bundle: string, mounts: readonly Mount[]): Promise<void> {
  const rootfs = join(bundle, 'rootfs');
  for (const { type, source, options } of mounts) {
    const isBind = options.includes('bind') || options.includes('rbind');
    const args = [
      ...(isBind ? [] : ['-t', type]),
      ...(options.length > 0 ? ['-o', options.join(',')] : []),
      '--',
      source,
      rootfs,
    ];
    const { status, out } = await runToEnd('mount', args, join(bundle, 'mount'));
    if (status === 0) continue;
    await unmountRootfs(bundle);
    throw new StatusError(code.unknown, `failed to mount rootfs component: ${out.trim() || status}`);
  }
}

/** Unmounts everything from the bundle's rootfs. */
export async function unmountRootfs(bundle: string): Promise<void> {
  const rootfs = join(bundle, 'rootfs');
  while (isMounted(rootfs)) {
    const { status } = await runToEnd('umount', ['-l', '--', rootfs], join(bundle, 'umount'));
    if (status !== 0) return;
  }
}

function isMounted(path: string): boolean {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return mounts.some((line) => line.split(' ')[4] === path.replaceAll(' ', '\\040'));
}
