import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Revision, revisions } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';
import { type Drift, driftOf } from './drift.ts';
import { recordedOf } from './mirrored.ts';

interface DriftRequest {
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** `shim-spec drift FOLDER`: which of the functions that a revision mirrors are others there. @returns the exit code */
export function printDrift(folder: string, revision: Revision, { format, output }: DriftRequest): number {
  const mirrored = recordedOf(revision);
  if (mirrored === null)
    throw new InputError(
      `${revision.slug} mirrors no Go code (got --revision ${revision.slug}): name one of containerd's, such as main`,
      exitCode.usage,
    );
  const all = driftOf(mirrored, folder);
  const drifted = all.filter(({ outcome }) => outcome !== 'same');
  const { commit } = mirrored;
  const closer = drifted.length === 0 ? null : closerTo(folder, drifted.length / all.length);
  // A module of Go has no history.
  const since = existsSync(join(folder, '.git')) ? commit : null;
  output.write(
    format === 'json'
      ? JSON.stringify({ revision: revision.slug, commit, folder, closer, functions: all }, null, 2)
      : [
          ...drifted.flatMap((each) => linesOf(each, since)),
          summary(revision, commit, all, drifted),
          ...(closer === null ? [] : [closerText(closer)]),
        ].join('\n'),
  );
  return drifted.length === 0 ? exitCode.holds : exitCode.differs;
}

/** A revision of which a smaller part differs than of the one that was asked of. */
interface Closer {
  readonly revision: string;
  /** How many it mirrors, and how many of them are not the same. */
  readonly functions: number;
  readonly drifted: number;
}

/** @param shareMax how much of the one that was asked of is not the same */
function closerTo(folder: string, shareMax: number): Closer | null {
  const counted = revisions.flatMap((each) => {
    const mirrored = recordedOf(each);
    if (mirrored === null) return [];
    const all = driftOf(mirrored, folder);
    const drifted = all.filter(({ outcome }) => outcome !== 'same').length;
    return [{ revision: each.slug, functions: all.length, drifted }];
  });
  const shareOf = ({ functions, drifted }: Closer): number => drifted / functions;
  const [closest] = counted.toSorted((a, b) => shareOf(a) - shareOf(b));
  return closest && shareOf(closest) < shareMax ? closest : null;
}

function closerText({ revision, functions, drifted }: Closer): string {
  const few =
    drifted === 0
      ? `the ${functions} functions that it mirrors are the same here`
      : `${drifted} of its ${functions} functions are not the same here`;
  return `${revision} is closer to this code: ${few}; try --revision ${revision}`;
}

/** @param since the commit that its history begins at; null where there is none */
function linesOf({ was, outcome, now }: Drift, since: string | null): string[] {
  const method = was.name.replace(/^.*\./, '');
  const history = now
    ? `git log -L ':${method}:${now.file}' ${since?.slice(0, 12)}..`
    : `git log -S '${method}(' ${since?.slice(0, 12)}.. -- '*.go'`;
  return [
    `${was.name} is ${outcome}`,
    `  was      ${was.file}:${was.from}-${was.to}`,
    `  is       ${now ? `${now.file}:${now.from}-${now.to}` : 'nowhere beside it'}`,
    `  steps    ${was.steps.join(', ')}`,
    ...(since === null ? [] : [`  history  ${history}`]),
    '',
  ];
}

function summary(
  { slug }: Revision,
  commit: string,
  all: readonly Drift[],
  drifted: readonly Drift[],
): string {
  const read = `${all.length} functions that ${slug} mirrors, read at ${commit.slice(0, 12)}`;
  if (drifted.length === 0) return `the ${read}, are the same here`;
  const what = drifted.length === 1 ? 'is not the same here: read its' : 'are not the same here: read their';
  return `${drifted.length} of the ${read}, ${what} steps again`;
}
