/** `npm run go-tests`: writes the known races as a suite of containerd's shimtest, into `upstream/`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { shimtestSuite } from '../../conformance/go-test/go-test.ts';
import { knownGoTests } from './known.ts';

const file = fileURLToPath(new URL('../../../upstream/race_suite_linux.go', import.meta.url));
writeFileSync(file, shimtestSuite(knownGoTests()));
