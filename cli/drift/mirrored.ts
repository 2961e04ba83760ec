import { readFileSync } from 'node:fs';
import { citationsOf, commitOf, type Revision } from '../../spec/index.ts';
import { type GoFunction, goFunctions } from './go-functions.ts';

/** A Go function that steps of a revision mirror, as it was at the revision's commit. */
export interface MirroredFunction extends GoFunction {
  /** The file's path in containerd's repository at that commit. */
  readonly file: string;
  /** The steps that cite lines of it. */
  readonly steps: readonly string[];
}

/** What a revision mirrors. */
export interface Mirrored {
  /** containerd's commit. */
  readonly commit: string;
  readonly functions: readonly MirroredFunction[];
}

/** Where `npm run mirrored` writes to: what each revision mirrors, by slug. */
export const mirroredFile: URL = new URL('mirrored.json', import.meta.url);

/** What a revision mirrors, as it was recorded; null for one that mirrors no Go code. */
export function recordedOf({ codeOf, slug }: Revision): Mirrored | null {
  const recorded = JSON.parse(readFileSync(mirroredFile, 'utf8')) as Record<string, Mirrored>;
  return recorded[codeOf ?? slug] ?? null;
}

/**
 * Finds the functions that the citations of a revision stand in.
 *
 * @param read the text of a file of containerd at the revision's commit
 * @returns null for a revision that mirrors no Go code
 * @throws Error for a citation that stands in no function
 */
export function mirroredBy(revision: Revision, read: (file: string) => string): Mirrored | null {
  const commit = commitOf(revision);
  if (commit === null) return null;
  const found = new Map<string, MirroredFunction>();
  const citations = citationsOf(revision);
  for (const file of new Set(citations.map((each) => each.file))) {
    const functions = goFunctions(read(file));
    for (const { step, from, to } of citations.filter((each) => each.file === file)) {
      const cited = functions.filter((each) => each.from <= to && from <= each.to);
      if (cited.length === 0)
        throw new Error(`${revision.slug}: ${step} cites ${file}:${from}-${to}, which is in no function`);
      for (const each of cited) {
        const key = `${file} ${each.name}`;
        const { steps = [] } = found.get(key) ?? {};
        found.set(key, { file, ...each, steps: [...new Set([...steps, step])] });
      }
    }
  }
  const inOrder = [...found.values()].toSorted((a, b) => a.file.localeCompare(b.file) || a.from - b.from);
  return { commit, functions: inOrder };
}
