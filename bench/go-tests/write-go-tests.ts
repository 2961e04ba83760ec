/**
 * `npm run go-tests`: writes the known races as a suite of containerd's shimtest, into `upstream/`, and the traces into
 * the issue texts beside it.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { shimtestSuite } from '../../conformance/go-test/go-test.ts';
import { issuesFolder, readIssueTexts, withTrace } from './issue-texts.ts';
import { suiteTests } from './suite-tests.ts';

const file = fileURLToPath(new URL('../../../upstream/race_suite_linux.go', import.meta.url));
const tests = suiteTests();
writeFileSync(file, shimtestSuite(tests));
for (const issue of readIssueTexts()) writeFileSync(`${issuesFolder}${issue.file}`, withTrace(issue, tests));
