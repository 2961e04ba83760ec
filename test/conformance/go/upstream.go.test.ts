/** `npm run test:go`: the lines that the issue texts cite, in the sources of containerd as the Go module has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { citationsIn, readIssueTexts } from '../../../bench/go-tests/issue-texts.ts';
import { pinnedVersion } from '../../../bench/steps/build-shim.ts';
import { goFunctions } from '../../../cli/drift/go-functions.ts';
import { goModule } from '../../go/go.ts';

const module = goModule('github.com/containerd/containerd/v2', pinnedVersion);
const cited = readIssueTexts().flatMap((issue) =>
  citationsIn(issue)
    .filter(({ at }) => at === pinnedVersion)
    .map((each) => ({ issue: issue.file, ...each })),
);

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
