import { existsSync, readFileSync } from 'node:fs';
import { libc } from '../linux/libc.ts';

const mallopt = libc<[parameter: number, value: number]>('int mallopt(int parameter, int value)');
const mallocTrim = libc<[pad: number]>('int malloc_trim(size_t pad)');
const madvise = libc<[start: number, bytes: number, advice: number]>(
  'int madvise(uintptr_t start, size_t bytes, int advice)',
);

/** M_TRIM_THRESHOLD, M_TOP_PAD and M_MMAP_THRESHOLD, and glibc's defaults, in bytes. */
const mallocDefaults = [
  [-1, 128 * 1024],
  [-2, 128 * 1024],
  [-3, 128 * 1024],
] as const;
/** MADV_DONTNEED. */
const doNotNeed = 4;
/** Not every kernel has it (CONFIG_PROC_PAGE_MONITOR). */
const mappings = '/proc/self/smaps';

/**
 * Gives back the memory that only the start needed. What main.sh tells malloc for a fast start ends here, too.
 *
 * Pages of files that nobody has written to, Node's program most of all, leave this process; the kernel has them in its
 * cache, and maps those anew that are used again.
 */
export function giveBackMemory(): void {
  for (const [parameter, value] of mallocDefaults) mallopt(parameter, value);
  mallocTrim(0);
  if (!existsSync(mappings)) return;
  for (const { start, bytes } of untouchedFiles(readFileSync(mappings, 'utf8')))
    madvise(start, bytes, doNotNeed);
}

/** A range of addresses. */
export interface Mapping {
  readonly start: number;
  readonly bytes: number;
}

/** The mappings of files without a page of the process's own, and that it cannot write to. @param smaps as the kernel prints it */
export function untouchedFiles(smaps: string): Mapping[] {
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).flatMap((text) => {
    const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ \d+ +\//.exec(text) ?? [];
    if (from === '' || !/^Anonymous: +0 kB$/m.test(text)) return [];
    const start = Number.parseInt(from, 16);
    return [{ start, bytes: Number.parseInt(to, 16) - start }];
  });
}
