import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { citationsIn, readIssueTexts, withTrace } from '../../../bench/go-tests/issue-texts.ts';
import { suiteTests } from '../../../bench/go-tests/suite-tests.ts';
import { pinnedVersion } from '../../../bench/steps/build-shim.ts';
import { recordedOf } from '../../../cli/drift/mirrored.ts';
import { goName, shimtestSuite } from '../../../conformance/go-test/go-test.ts';
import { revisions } from '../../../spec/index.ts';

const tests = suiteTests();
const texts = readIssueTexts();
const upstream = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../upstream/${file}`, import.meta.url)), 'utf8');

describe('upstream/race_suite_linux.go', () => {
  it('is the suite of shimtest, as it is made', () => {
    expect(upstream('race_suite_linux.go'), 'run npm run go-tests').toBe(shimtestSuite(tests));
  });
});

describe('upstream/issues', () => {
  it('has one text for each test of the suite, and the README names each', () => {
    const named = texts.flatMap((each) => each.tests);
    expect(named.toSorted()).toEqual(tests.map(({ race }) => goName(race.name)).toSorted());
    for (const { file } of texts) expect(upstream('README.md')).toContain(`(issues/${file})`);
  });

  it.each(texts)(
    '$file says what a user sees, the trace, the cause at a line, and what would mend it',
    (issue) => {
      const heads = [...issue.text.matchAll(/^## (.*)$/gm)].map(([, head]) => head);
      expect(heads.slice(0, 3)).toEqual(['What a user sees', 'The trace', 'The cause']);
      expect(heads.slice(3).join()).toMatch(/^What (?:would mend|mended) it$/);
      expect(withTrace(issue, tests), 'run npm run go-tests').toBe(issue.text);
      if (heads.includes('What would mend it'))
        expect(issue.text).toMatch(/^Tried on .* containerd 2\.4\.2, runc \S+ .* Linux \S+, .* says `/m);
      const [, releases] = /^Releases: (.*)\.$/m.exec(issue.text) ?? [];
      expect(upstream('README.md')).toContain(`(issues/${issue.file}) | ${releases} |`);
      expect(issue.text, 'a maintainer does not know our revisions').not.toMatch(
        /`(?:big-lock|early-exits|main)`/,
      );
      expect(issue.text).toMatch(
        / replay: .*\n[\s\S]*\nnpx shim-spec replay .* --as go --output race_test\.go\n/,
      );
      const at = citationsIn(issue).map((each) => each.at);
      expect(at, `cites ${pinnedVersion}`).toContain(pinnedVersion);
      expect(at).toHaveLength(issue.text.match(/github\.com\/containerd\/containerd\/blob/g)?.length ?? 0);
    },
  );

  it('cites functions of old commits as the revisions do', () => {
    const recorded = revisions.flatMap((each) => recordedOf(each) ?? []);
    const old = texts.flatMap(citationsIn).filter(({ at }) => at !== pinnedVersion);
    expect(old.length).toBeGreaterThan(0);
    for (const { at, ...place } of old) {
      const functions = recorded.filter(({ commit }) => commit === at).flatMap((each) => each.functions);
      const { name, file, from, to } = place;
      expect(functions, `${at} ${name}`).toContainEqual(expect.objectContaining({ name, file, from, to }));
    }
  });
});
