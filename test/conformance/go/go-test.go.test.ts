/** `npm run test:go`: the generated Go tests, built and run on shims of two releases. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildGoTests } from '../../../bench/go-tests/build.ts';
import { knownGoTests } from '../../../bench/go-tests/known.ts';
import { goTests, shimtestSuite } from '../../../conformance/go-test/go-test.ts';
import { needDebian } from '../../debian.ts';
import { goInstall } from '../../go/go.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-go-test-'));
const containerd = 'github.com/containerd/containerd/cmd/containerd-shim-runc-v2';
const lost = '^TestNoExitIsLostC1PendingExecs$';
let program = '';
beforeAll(() => {
  needDebian(['runc'], ['runc']);
  program = buildGoTests(knownGoTests(), folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the tests that a pattern chooses. */
function run(shim: string, pattern: string): { readonly status: number | null; readonly out: string } {
  const { status, stdout } = spawnSync(program, ['-test.v', '-test.run', pattern, '-shim', shim], {
    encoding: 'utf8',
  });
  return { status, out: stdout };
}

describe('a generated Go test', () => {
  it('is as gofmt and go vet want it, on its own and in shimtest', () => {
    execFileSync('go', ['vet', '.'], { cwd: folder });
    const suite = join(folder, 'suite.go.txt');
    writeFileSync(suite, shimtestSuite(knownGoTests()));
    expect(execFileSync('gofmt', ['-l', folder, suite], { encoding: 'utf8' })).toBe('');
    const [first = expect.fail('no race')] = knownGoTests();
    writeFileSync(suite, goTests([first]));
    expect(execFileSync('gofmt', ['-l', suite], { encoding: 'utf8' })).toBe('');
  });

  it('fails on the release that loses exits, by the rule, and passes on the one that was mended', () => {
    const before = run(goInstall(containerd, 'v1.6.30'), lost);
    expect(before.out).toMatch(
      /no exit is lost: c1, pid \d+, has ended, and no exit was published within 10s/,
    );
    expect(before.status).toBe(1);
    expect(run(goInstall(containerd, 'v1.6.36'), lost)).toMatchObject({ status: 0 });
  });

  it.each([
    [
      '-shim',
      ['-shim', join(folder, 'none')],
      /-shim cannot be run \(got ".*none": .*no such file.*; allowed/,
    ],
    ['-shim', ['-shim', '/bin/true'], /-shim is no shim \(got ".*true", .*printed "": .*; allowed/],
    ['-shim', ['-shim', '/bin/false'], /-shim is no shim \(got ".*false", .*exit status 1.*; allowed/],
    ['-oci-runtime', ['-oci-runtime', 'nope'], /-oci-runtime cannot be run \(got "nope": .*; allowed/],
  ])('names %s where it cannot use %j', (_, flags, says) => {
    const { status, stdout } = spawnSync(program, ['-test.run', lost, ...flags], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([1, expect.stringMatching(says)]);
  });

  it('says in a failure which shim it has tested, of which version', () => {
    const shim = goInstall(containerd, 'v1.6.30');
    const { stdout } = spawnSync(program, ['-test.run', lost], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${dirname(shim)}:${process.env.PATH}` },
    });
    expect(stdout).toContain(`the shim is ${shim}: `);
    expect(stdout).toMatch(/the shim is .* Version: /);
  });
});
