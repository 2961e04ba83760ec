import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DescMessage } from '@bufbuild/protobuf';

/** The text of a cgroup's file; empty where the kernel has no such file, or the cgroup is gone. */
export function readCgroup(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), 'utf8').trim();
  } catch {
    return '';
  }
}

/** The lines of a cgroup's file, in words. */
export function wordsIn(folder: string, file: string): string[][] {
  return readCgroup(folder, file)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/));
}

/** The number in a cgroup's file. @param max what the word `max` stands for, which is no limit; 0 where there is no number */
export function integerIn(folder: string, file: string, max: bigint): bigint {
  const text = readCgroup(folder, file);
  return text === 'max' ? max : integer(text);
}

export function integer(text: string | undefined): bigint {
  return text !== undefined && /^\d+$/.test(text) ? BigInt(text) : 0n;
}

/** A file of lines `KEY VALUE`; null where there is no such file. */
export function tableIn(folder: string, file: string): ReadonlyMap<string, bigint> | null {
  const lines = wordsIn(folder, file);
  return lines.length > 0 ? new Map(lines.map(([key = '', value]) => [key, integer(value)])) : null;
}

/** A message's fields that are numbers, from a table. @param keyOf a field's key there. Default: its name */
export function numbersFrom(
  schema: DescMessage,
  table: ReadonlyMap<string, bigint>,
  keyOf: (field: string) => string = (field) => field,
): Record<string, bigint> {
  return Object.fromEntries(
    schema.fields
      .filter(({ fieldKind }) => fieldKind === 'scalar')
      .map(({ name, localName }) => [localName, table.get(keyOf(name)) ?? 0n]),
  );
}

/** The sizes of huge pages that a cgroup counts, as in the names of its files: `2MB`. */
export function hugePageSizes(folder: string): string[] {
  try {
    return readdirSync(folder)
      .map((file) => /^hugetlb\.(\w+)\.max(_usage_in_bytes)?$/.exec(file)?.[1])
      .filter((size) => size !== undefined)
      .toSorted();
  } catch {
    return [];
  }
}

/** The largest 32-bit number: no limit of an RDMA device. */
const rdmaMax = 0xffff_ffff;

/** A file of lines `DEVICE hca_handle=N hca_object=N`. */
export function rdmaIn(
  folder: string,
  file: string,
): { device: string; hcaHandles: number; hcaObjects: number }[] {
  const number = (word = ''): number => {
    const value = word.split('=')[1] ?? '';
    return value === 'max' ? rdmaMax : Number(value) || 0;
  };
  return wordsIn(folder, file).map(([device = '', handles, objects]) => ({
    device,
    hcaHandles: number(handles),
    hcaObjects: number(objects),
  }));
}
