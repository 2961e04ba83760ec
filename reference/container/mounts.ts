import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '../../wire/proto/gen/task_pb.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { mount, mountsBelow, unmount } from '../linux/mount.ts';
import { runToEnd } from '../linux/spawn.ts';
import { flag, type MountOptions, mountOptions } from './mount-options.ts';

/** Flags of a mount, not of its file system: mount(2) takes them for a bind only in a second call. */
const ofMount = flag.readOnly | flag.noSuid | flag.noDev | flag.noExec | flag.noAtime | flag.noFolderAtime;

/**
 * Mounts what containerd asks for on the bundle's rootfs, or on a target below it.
 *
 * @throws StatusError where a mount cannot be made; none is left then
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/core/mount/mount_linux.go
 */
export async function mountRootfs(bundle: string, mounts: readonly Mount[]): Promise<void> {
  if (mounts.length === 0) return;
  let made = 0;
  try {
    const prepared = mounts.map((each) => ({ ...each, parsed: prepare(each) }));
    mkdirSync(join(bundle, 'rootfs'), { recursive: true, mode: 0o711 });
    const rootfs = realpathSync(join(bundle, 'rootfs'));
    for (const each of prepared) {
      // Not before the mount that has it.
      const target = targetIn(rootfs, each.target);
      made++;
      await mountOne(each, target, bundle);
    }
  } catch (cause) {
    const left = made > 0 ? await unmountRootfs(bundle).catch(({ message }: Error) => [message]) : [];
    const why = ['failed to mount rootfs component', (cause as Error).message, ...left].join(': ');
    throw new StatusError(code.unknown, why, { cause });
  }
}

/** Checks a mount, before any is made. */
function prepare({ type, source, target, options }: Mount): MountOptions | null {
  for (const [what, text] of Object.entries({ type, source, target, 'an option': options.join(',') }))
    if (text.includes('\0')) throw new Error(`${what} holds a NUL (got ${JSON.stringify(text)})`);
  if (target.split('/').includes('..')) throw leaves(target);
  return fuseOf(type) ? null : mountOptions(type, options);
}

function leaves(target: string): Error {
  return new Error(`target ${target} leaves the root (allowed: a folder below it)`);
}

/** The folder for a mount, through symbolic links that stay below the root. */
function targetIn(rootfs: string, target: string): string {
  const found = realpathSync(join(rootfs, target));
  if (found !== rootfs && !found.startsWith(`${rootfs}/`)) throw leaves(target);
  return found;
}

async function mountOne(
  { type, source, options, parsed }: Mount & { readonly parsed: MountOptions | null },
  target: string,
  bundle: string,
): Promise<void> {
  try {
    if (parsed) await mountParsed(type, source, target, parsed);
    else await mountFuse(type, [source, target, ...options.flatMap((option) => ['-o', option])], bundle);
  } catch (cause) {
    const words = `${type || 'bind'} ${source} on ${target}, options ${options.join(',') || 'none'}`;
    throw new Error(`${words}: ${(cause as Error).message}`, { cause });
  }
}

async function mountParsed(
  type: string,
  source: string,
  target: string,
  { flags, propagation, ...rest }: MountOptions,
): Promise<void> {
  if (!(flags & flag.remount) || rest.data !== '') await mount({ source, target, type, flags, ...rest });
  const change = (changed: number): Promise<void> =>
    mount({ source: '', target, type: '', flags: changed, data: '' });
  if (propagation !== 0) await change(propagation);
  if (flags & flag.bind && flags & ofMount) await change(flags | flag.remount | lockedFlags(target));
}

/** Flags that a mount has already: in a user namespace none of them may be taken away. */
function lockedFlags(target: string): number {
  const found = mountsBelow(target).findLast(({ path }) => path === target);
  const locked = ['ro', 'nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime'];
  return mountOptions('', found?.options.filter((option) => locked.includes(option)) ?? []).flags;
}

/** The program that mounts a FUSE file system and the type that it takes; null for other types. */
function fuseOf(type: string): { readonly program: string; readonly type: string } | null {
  const [, program, plain] = /^(fuse3?)\.(.+)$/.exec(type) ?? [];
  return program && plain ? { program: `mount.${program}`, type: plain } : null;
}

async function mountFuse(type: string, args: readonly string[], bundle: string): Promise<void> {
  const fuse = fuseOf(type);
  if (!fuse) return;
  const { status, out } = await runToEnd(fuse.program, [...args, '-t', fuse.type], join(bundle, 'mount'));
  if (status !== 0) throw new Error(`${fuse.program}: ${out.trim() || `exit status ${status}`}`);
}

/**
 * Unmounts everything from the bundle's rootfs and below it, the deepest first.
 *
 * @returns what a person should know: mounts that were busy, and are detached
 * @throws StatusError with each mount that is left
 */
export async function unmountRootfs(bundle: string): Promise<string[]> {
  const rootfs = realpathIfAny(join(bundle, 'rootfs'));
  const [busy, failures]: [string[], string[]] = [[], []];
  const paths = rootfs === null ? [] : mountsBelow(rootfs).map(({ path }) => path);
  for (const path of paths.toSorted((a, b) => b.length - a.length)) {
    try {
      if (await unmount(path)) busy.push(`${path} was busy, and is detached`);
    } catch (error) {
      failures.push(`${path}: ${(error as Error).message}`);
    }
  }
  if (failures.length > 0)
    throw new StatusError(code.unknown, `failed rootfs umount: ${failures.join('; ')}`);
  return busy;
}

/** Null where there is no such file. */
function realpathIfAny(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
