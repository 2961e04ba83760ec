/** `npm run test:go`: the lines that the issue texts cite, in the sources of containerd as the Go module has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { citationsIn, readIssueTexts } from '../../../bench/go-tests/issue-texts.ts';
import { pinnedLine } from '../../../bench/go-tests/pinned-lines.ts';
import { pinnedVersion } from '../../../bench/steps/build-shim.ts';
import { goFunctions } from '../../../cli/drift/go-functions.ts';
import { findRevision } from '../../../render/find-revision.ts';
import { citationsOf } from '../../../spec/index.ts';
import { goModule } from '../../go/go.ts';

const module = goModule('github.com/containerd/containerd/v2', pinnedVersion);
const cited = readIssueTexts().flatMap((issue) =>
  citationsIn(issue)
    .filter(({ at }) => at === pinnedVersion)
    .map((each) => ({ issue: issue.file, ...each })),
);

/** containerd 2.3.4 has the functions of `main` at the lines of the commit that it was read at. */
const read = goModule('github.com/containerd/containerd/v2', 'v2.3.4');
const linesOf = (folder: string, file: string, from: number, to: number): string[] =>
  readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .slice(from - 1, to);

it('has the lines of main where the traces say them', () => {
  const shown = citationsOf(findRevision('main')).filter(({ file }) => file.startsWith('cmd/'));
  expect(shown.length).toBeGreaterThan(30);
  for (const { step, file, from, to } of shown) {
    const pinned = linesOf(module, file, pinnedLine(file, from), pinnedLine(file, to));
    // Forward has another context since.
    if (step !== 'ShimForwards')
      expect(pinned, `${step} ${file}:${from}-${to}`).toEqual(linesOf(read, file, from, to));
  }
});

it.each(cited)('$issue cites lines of $name that hold $code', ({ name, file, from, to, code }) => {
  const source = readFileSync(join(module, file), 'utf8');
  const [found] = goFunctions(source).filter((each) => each.name === name);
  expect(found?.from).toBeLessThanOrEqual(from);
  expect(found?.to).toBeGreaterThanOrEqual(to);
  const lines = source
    .split('\n')
    .slice(from - 1, to)
    .join('\n');
  expect(code).not.toBeNull();
  expect(lines).toContain(code);
});
