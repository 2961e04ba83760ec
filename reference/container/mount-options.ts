import { dirname, relative } from 'node:path';

/** Flags of mount(2). */
export const flag = {
  readOnly: 0x1,
  noSuid: 0x2,
  noDev: 0x4,
  noExec: 0x8,
  synchronous: 0x10,
  remount: 0x20,
  mandatoryLocks: 0x40,
  folderSync: 0x80,
  noAtime: 0x400,
  noFolderAtime: 0x800,
  bind: 0x1000,
  recursive: 0x4000,
  unbindable: 0x2_0000,
  private: 0x4_0000,
  slave: 0x8_0000,
  shared: 0x10_0000,
  relativeAtime: 0x20_0000,
  strictAtime: 0x100_0000,
} as const;

/** What an option of fstab(5) sets, or clears. */
const meanings: Readonly<Record<string, { readonly sets?: number; readonly clears?: number }>> = {
  defaults: {},
  ro: { sets: flag.readOnly },
  rw: { clears: flag.readOnly },
  nosuid: { sets: flag.noSuid },
  suid: { clears: flag.noSuid },
  nodev: { sets: flag.noDev },
  dev: { clears: flag.noDev },
  noexec: { sets: flag.noExec },
  exec: { clears: flag.noExec },
  sync: { sets: flag.synchronous },
  async: { clears: flag.synchronous },
  dirsync: { sets: flag.folderSync },
  remount: { sets: flag.remount },
  mand: { sets: flag.mandatoryLocks },
  nomand: { clears: flag.mandatoryLocks },
  noatime: { sets: flag.noAtime },
  atime: { clears: flag.noAtime },
  nodiratime: { sets: flag.noFolderAtime },
  diratime: { clears: flag.noFolderAtime },
  relatime: { sets: flag.relativeAtime },
  norelatime: { clears: flag.relativeAtime },
  strictatime: { sets: flag.strictAtime },
  nostrictatime: { clears: flag.strictAtime },
  bind: { sets: flag.bind },
  rbind: { sets: flag.bind | flag.recursive },
};

/** How a mount passes on later ones; the kernel takes these in a call of their own. */
const propagations: Readonly<Record<string, number>> = {
  shared: flag.shared,
  rshared: flag.shared | flag.recursive,
  private: flag.private,
  rprivate: flag.private | flag.recursive,
  slave: flag.slave,
  rslave: flag.slave | flag.recursive,
  unbindable: flag.unbindable,
  runbindable: flag.unbindable | flag.recursive,
};

/** Options that containerd's mount package takes and this shim does not, and why. */
const refused: readonly [pattern: RegExp, why: string][] = [
  [/^loop$/, 'this shim sets up no loop devices: give it a block device'],
  [/^[ug]idmap=/, 'this shim makes no mounts with mapped ids: let the snapshotter change the owner'],
  [/^X-containerd\./, "it is for containerd's mount manager, which has not taken it out"],
];

/** The bytes of options that mount(2) reads. */
const dataMax = 4095;

/** Options of a mount as the kernel takes them. */
export interface MountOptions {
  readonly flags: number;
  /** 0 for none. */
  readonly propagation: number;
  /** What the file system takes. */
  readonly data: string;
  /** The folder that the lower folders in `data` are relative to; undefined where they are not. */
  readonly from?: string;
}

/** Translates options of fstab(5). @throws Error for one that cannot be used, or more than mount(2) reads */
export function mountOptions(type: string, options: readonly string[]): MountOptions {
  let [flags, propagation] = [0, 0];
  const rest: string[] = [];
  for (const option of options) {
    const why = refused.find(([pattern]) => pattern.test(option))?.[1];
    if (why !== undefined) throw new Error(`option ${option} cannot be used: ${why}`);
    const meaning = meanings[option];
    if (meaning) flags = (flags | (meaning.sets ?? 0)) & ~(meaning.clears ?? 0);
    else if (propagations[option] !== undefined) propagation = propagations[option];
    else rest.push(option);
  }
  const { data, from } = type === 'overlay' ? shortened(rest) : { data: rest.join(',') };
  const bytes = Buffer.byteLength(data);
  if (bytes > dataMax)
    throw new Error(`the options are too long (got ${bytes} bytes, allowed ${dataMax}): use fewer layers`);
  return { flags, propagation, data, ...(from === undefined ? {} : { from }) };
}

/** Names lower folders from their common parent where that is needed: an image of many layers has more than a page of them. */
function shortened(options: readonly string[]): { readonly data: string; readonly from?: string } {
  const data = options.join(',');
  if (Buffer.byteLength(data) <= dataMax) return { data };
  const prefix = 'lowerdir=';
  const lower = options.find((option) => option.startsWith(prefix));
  // overlay takes `\:` for a colon in a path.
  const folders = lower?.slice(prefix.length).split(/(?<!\\):/) ?? [];
  const parent = commonParent(folders);
  if (parent === null) return { data };
  const named = `${prefix}${folders.map((folder) => relative(parent, folder)).join(':')}`;
  return {
    data: options.map((option) => (option === lower ? named : option)).join(','),
    from: parent.replace(/\\(.)/g, '$1'),
  };
}

/** Null where it is the root, or a path is not absolute. */
function commonParent(folders: readonly string[]): string | null {
  const [first = ''] = folders;
  for (let parent = dirname(first); parent.startsWith('/') && parent !== '/'; parent = dirname(parent))
    if (folders.every((folder) => folder.startsWith(`${parent}/`))) return parent;
  return null;
}
