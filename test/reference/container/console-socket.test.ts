import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Subject } from '../../../conformance/shim/subject.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

describe('a terminal', () => {
  it('needs no folder for temporary files, and no short path of a bundle; its socket is gone at once', async () => {
    const id = 'a-long-name-'.repeat(6).slice(0, 70);
    const folder = mkdtempSync(join(tmpdir(), `shim-spec-${'x'.repeat(40)}-`));
    const env = { ...process.env, TMPDIR: join(folder, 'missing'), XDG_RUNTIME_DIR: join(folder, 'missing') };
    const subject = new Subject(shim, rootfs, { folder, env });
    try {
      await subject.start(id);
      await subject.create(id);
      await subject.startProcess(id);
      const before = readdirSync(`/proc/${subject.pid}/fd`).length;
      const stdout = join(folder, 'screen');
      execFileSync('mkfifo', [stdout]);
      const screen = openSync(stdout, constants.O_RDWR | constants.O_NONBLOCK);
      await subject.exec(id, 'e1', ['/bin/tty'], { stdout, terminal: true });
      await subject.startProcess(id, 'e1');
      expect((await subject.wait(id, 'e1')).exitStatus).toBe(0);
      await subject.delete(id, 'e1');
      const shown = Buffer.alloc(100);
      expect(shown.subarray(0, readSync(screen, shown)).toString()).toBe('/dev/pts/0\r\n');
      closeSync(screen);
      expect(join(subject.bundle(id), 'pty.1').length).toBeGreaterThan(107);
      expect(readdirSync(subject.bundle(id)).filter((name) => name.startsWith('pty'))).toEqual([]);
      expect(readdirSync(`/proc/${subject.pid}/fd`).length).toBe(before);
    } finally {
      await subject.end();
    }
  });
});
