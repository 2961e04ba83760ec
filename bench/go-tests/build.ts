import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GoTestOf, goTests } from '../../conformance/go-test/go-test.ts';

/** containerd's own modules, at the versions that its 2.3 has. */
const modules = [
  'github.com/containerd/containerd/api@v1.11.1',
  'github.com/containerd/ttrpc@v1.2.7',
  'google.golang.org/protobuf@v1.36.11',
];

/**
 * Builds tests in a folder that has nothing else.
 *
 * @returns the path of the test program, which takes `-test.run PATTERN` and `-shim BINARY`
 * @throws Error with what Go said
 */
export function buildGoTests(tests: readonly GoTestOf[], folder: string): string {
  const go = (...args: string[]): void => {
    execFileSync('go', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  };
  writeFileSync(join(folder, 'go.mod'), 'module shimrace\n\ngo 1.23\n');
  writeFileSync(join(folder, 'races_test.go'), goTests(tests));
  go('get', ...modules);
  go('mod', 'tidy');
  const program = join(folder, 'races.test');
  go('test', '-c', '-o', program, '.');
  return program;
}
