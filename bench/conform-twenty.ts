/**
 * `npm run conform:twenty -- SHIM TIMES TEXT…`: runs every check of the conformance tester 20 times, or so many times the
 * checks whose names contain one of the texts, and prints for each how often it came to which verdict. Exit code 1 where
 * the verdicts of a check differ.
 */
import { rmSync } from 'node:fs';
import { conform, listedChecks } from '../conformance/conform.ts';
import { busyboxRootfs } from '../conformance/shim/rootfs.ts';
import { erased, proposed } from '../spec/index.ts';

const [shim = '/usr/bin/containerd-shim-runc-v2', timesText = '20', ...only] = process.argv.slice(2);
const times = Number(timesText);
if (!Number.isInteger(times) || times < 1)
  throw new RangeError(`TIMES is no count (got ${timesText}, allowed 1 or more): name it behind the shim`);
for (const text of only)
  if (!listedChecks().some(({ name }) => name.includes(text)))
    throw new RangeError(`no check has '${text}' in its name: list them with shim-spec conform --list`);
const rootfs = busyboxRootfs();
const verdicts = new Map<string, Map<string, number>>();
try {
  for (let i = 0; i < times; i++) {
    const setup = { shim, runtime: 'runc', rootfs, revision: erased(proposed) };
    const options = {
      only,
      generate: null,
      signal: new AbortController().signal,
      onResult: () => undefined,
    };
    for (const { name, verdict } of await conform(setup, options)) {
      const counts = verdicts.get(name) ?? new Map<string, number>();
      verdicts.set(name, counts.set(verdict, (counts.get(verdict) ?? 0) + 1));
    }
  }
} finally {
  rmSync(rootfs, { recursive: true });
}
const flaky = [...verdicts].filter(([, counts]) => counts.size > 1);
for (const [name, counts] of verdicts)
  process.stdout.write(`${name}: ${[...counts].map(([v, n]) => `${v} ${n}`).join(', ')}\n`);
process.stdout.write(
  `${shim}: ${verdicts.size} checks, ${times} times each, ${flaky.length} with different verdicts\n`,
);
if (flaky.length > 0) process.exitCode = 1;
