import type { Revision } from '../../spec/index.ts';
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
  output.write(
    format === 'json'
      ? JSON.stringify({ revision: revision.slug, commit, folder, functions: all }, null, 2)
      : [...drifted.flatMap((each) => linesOf(each, commit)), summary(revision, commit, all, drifted)].join(
          '\n',
        ),
  );
  return drifted.length === 0 ? exitCode.holds : exitCode.differs;
}

function linesOf({ was, outcome, now }: Drift, commit: string): string[] {
  const method = was.name.replace(/^.*\./, '');
  return [
    `${was.name} is ${outcome}`,
    `  was      ${was.file}:${was.from}-${was.to}`,
    `  is       ${now ? `${now.file}:${now.from}-${now.to}` : 'nowhere beside it'}`,
    `  steps    ${was.steps.join(', ')}`,
    `  history  git log -L ':${method}:${now?.file ?? was.file}' ${commit.slice(0, 12)}..`,
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
  return `${drifted.length} of the ${read}, are not the same here: read their steps again`;
}
