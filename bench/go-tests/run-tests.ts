import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { CountsRecord, ReleaseRecord } from '../../render/shims/go-tests-record.ts';

/** A rule's name is followed by what broke it; what the harness could not do is not. */
export interface ToRun {
  readonly test: string;
  readonly rules: readonly string[];
}

/**
 * Runs each test once on a shim. A failure counts as a broken rule where the test says which.
 *
 * @param program the test program, as buildGoTests makes it
 * @throws Error where the program ends without having run every test
 */
export async function runTests(
  program: string,
  shim: string,
  tests: readonly ToRun[],
): Promise<ReleaseRecord['results']> {
  const left = new Map(tests.map((each) => [each.test, each.rules]));
  const pattern = `^(${tests.map(({ test }) => test).join('|')})$`;
  const args = ['-test.v', '-test.timeout', '0', '-test.run', pattern, '-shim', shim];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const results: Record<string, CountsRecord> = {};
  let said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (line.startsWith('=== RUN')) said = [];
    const [, verdict, name = ''] = /^--- (PASS|FAIL): (\w+) /.exec(line) ?? [];
    const rules = left.get(name);
    if (!rules) continue;
    left.delete(name);
    const isFailed = verdict === 'FAIL';
    // What a test says comes before its verdict, or after it where it is the program's end.
    results[name] = { times: 1, broken: 0, unclear: Number(isFailed) };
    if (isFailed && said.some((each) => rules.some((rule) => each.includes(`: ${rule}: `))))
      results[name] = { times: 1, broken: 1, unclear: 0 };
  }
  const [missing] = left.keys();
  if (missing !== undefined)
    throw new Error(`${program} -shim ${shim} ended before ${missing}: run it by hand to see why`);
  return results;
}
