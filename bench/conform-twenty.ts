/**
 * `npm run conform:twenty -- SHIM TIMES TEXT…`: runs every check of the conformance tester 20 times, or so many times the
 * checks whose names contain one of the texts, and prints for each how often it came to which verdict. Where they differ,
 * what was seen is printed as well, and the exit code is 1. Ctrl-C ends it after the round that runs.
 */
import { rmSync } from 'node:fs';
import type { CheckResult } from '../conformance/checks/check.ts';
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

/** The results of a check, by verdict. */
const seen = new Map<string, Map<string, CheckResult[]>>();
let rounds = 0;
let isStopped = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (isStopped = true));

async function runRound(rootfs: string): Promise<void> {
  const setup = { shim, runtime: 'runc', rootfs, revision: erased(proposed) };
  const { signal } = new AbortController();
  for (const result of await conform(setup, { only, generate: null, signal, onResult: () => undefined })) {
    const verdicts = seen.get(result.name) ?? new Map<string, CheckResult[]>();
    verdicts.set(result.verdict, [...(verdicts.get(result.verdict) ?? []), result]);
    seen.set(result.name, verdicts);
  }
  rounds++;
}

/** The rules that each of these results broke. */
function rulesOf(results: readonly CheckResult[]): string {
  const [first = [], ...others] = results.map(({ breaches }) => breaches.map(({ rule }) => rule.name));
  const always = [...new Set(first)].filter((name) => others.every((names) => names.includes(name)));
  return always.length === 0 ? '' : ` (${always.join('; ')})`;
}

/** What a check saw that did not conform: the breaches, or why it could not judge. */
function whatOf({ breaches, notes }: CheckResult): string {
  const broken = breaches.map(({ rule, subject, what }) => `${rule.name} (${subject}): ${what}`);
  return `  ${[...broken, ...notes].join('; ')}\n`;
}

const rootfs = busyboxRootfs();
try {
  while (rounds < times && !isStopped) {
    await runRound(rootfs);
    process.stderr.write(`${new Date().toISOString()} round ${rounds} of ${times}\n`);
  }
} finally {
  rmSync(rootfs, { recursive: true });
}
const flaky = [...seen.values()].filter((verdicts) => verdicts.size > 1);
for (const [name, verdicts] of seen) {
  const counts = [...verdicts].map(([verdict, results]) => `${verdict} ${results.length}${rulesOf(results)}`);
  process.stdout.write(`${name}: ${counts.join(', ')}\n`);
  if (verdicts.size < 2) continue;
  const others = [...verdicts]
    .filter(([verdict]) => verdict !== 'conforms')
    .flatMap(([, results]) => results);
  process.stdout.write(others.map(whatOf).join(''));
}
process.stdout.write(
  `${shim}: ${seen.size} checks, ${rounds} times each, ${flaky.length} with different verdicts\n`,
);
if (flaky.length > 0 || rounds < times) process.exitCode = 1;
