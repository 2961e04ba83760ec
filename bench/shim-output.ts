import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Subject } from '../conformance/shim/subject.ts';

const mebibytes = 1024;

/** How long a GiB takes from an exec's standard output to its client, in milliseconds. */
export async function outputMs(subject: Subject, id: string, execId: string): Promise<number> {
  const stdout = join(subject.folder, `${execId}-stdout`);
  execFileSync('mkfifo', [stdout]);
  const client = spawn('cat', [stdout], { stdio: ['ignore', 'ignore', 'inherit'] });
  const read = once(client, 'exit');
  const args = ['/bin/dd', 'if=/dev/zero', 'bs=65536', `count=${mebibytes * 16}`];
  // Upstream's shim takes no output without an error output.
  await subject.exec(id, execId, args, { stdout, stderr: '/dev/null' });
  const begin = performance.now();
  await subject.startProcess(id, execId);
  await subject.wait(id, execId);
  await subject.delete(id, execId);
  await read;
  return performance.now() - begin;
}
