import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Subject } from '../../../conformance/shim/subject.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

/** A runc whose `kill` does not return until a line is written to the FIFO. */
function heldKill(folder: string): { runtime: string; fifo: string } {
  const [runtime, fifo] = [join(folder, 'held-runc'), join(folder, 'held')];
  execFileSync('mkfifo', [fifo]);
  const body = `for word in "$@"; do [ "$word" = kill ] && isKill=1; done\n`;
  const held = `[ -z "$isKill" ] && exec runc "$@"\nrunc "$@"\nread -r line < '${fifo}'\n`;
  writeFileSync(runtime, `#!/bin/sh\n${body}${held}`, { mode: 0o755 });
  return { runtime, fifo };
}

describe('the exit of an init in a shared pid namespace', () => {
  it('is published when runc kill --all has returned, which kills what is left', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shim-spec-kill-all-'));
    const { runtime, fifo } = heldKill(folder);
    const subject = new Subject(shim, rootfs, { folder, runtime });
    const isExit = (exec: string) => (e: { topic: string; exec: string }) =>
      e.topic === '/tasks/exit' && e.exec === exec;
    try {
      await subject.start('c1');
      subject.configure('c1', ({ linux }) => {
        linux.namespaces = linux.namespaces.filter(({ type }) => type !== 'pid');
      });
      await subject.create('c1');
      await subject.startProcess('c1');
      await subject.exec('c1', 'e1', ['/bin/sleep', '3600']);
      const { pid } = await subject.startProcess('c1', 'e1');
      await subject.kill('c1', 9);
      // runc has killed the exec, and has not returned.
      await subject.events.wait('exit of the exec', isExit('e1'));
      expect(subject.events.seen.filter(isExit(''))).toEqual([]);
      expect((await subject.state('c1')).status).toBe(2);
      writeFileSync(fifo, 'go on\n');
      await subject.events.wait('exit of the init', isExit(''));
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    } finally {
      await subject.end();
    }
  });
});
