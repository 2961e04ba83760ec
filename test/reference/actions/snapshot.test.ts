import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Subject, type SubjectOptions } from '../../../conformance/shim/subject.ts';
import { untouchedFiles } from '../../../reference/startup/memory.ts';
import { until } from '../../until.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

const rootfs = busyboxRootfs();
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-installed-'));
afterAll(() => {
  for (const made of [rootfs, folder]) rmSync(made, { recursive: true });
});

/** A copy of the built shim. */
function installed(name: string): { readonly program: string; readonly blob: string } {
  const reference = join(folder, name, 'dist/reference');
  cpSync(dirname(shim), reference, { recursive: true });
  cpSync('package.json', join(folder, name, 'package.json'));
  symlinkSync(resolve('node_modules'), join(folder, name, 'node_modules'));
  return { program: join(reference, 'main.sh'), blob: join(reference, 'startup/boot.blob') };
}

/** Whether the serving process was started from a snapshot, and runs a container. */
async function startsFromSnapshot(program: string, options: SubjectOptions = {}): Promise<boolean> {
  const subject = new Subject(program, rootfs, options);
  try {
    await subject.start('c1');
    const words = readFileSync(`/proc/${subject.pid}/cmdline`, 'utf8').split('\0');
    const { pid } = await subject.create('c1');
    await subject.startProcess('c1');
    expect(await subject.state('c1')).toMatchObject({ pid, status: 2 });
    return words.includes('--snapshot-blob');
  } finally {
    await subject.end();
  }
}

describe("a snapshot of V8's heap", () => {
  it('is what the shim starts from, whatever the environment tells Node', async () => {
    const env = { ...process.env, NODE_OPTIONS: '--require=/no/file', NODE_EXTRA_CA_CERTS: '/no/file' };
    expect(await startsFromSnapshot(shim, { env })).toBe(true);
  });

  it('is done without where it is damaged, missing, or of another Node, until it is made anew', async () => {
    const { program, blob } = installed('without');
    const whole = readFileSync(blob);
    const damages = [
      () => truncateSync(blob, 1_000_000),
      () => rmSync(blob),
      // What Node compares first: its magic number, then the version and the flags.
      () => writeFileSync(blob, Buffer.concat([Buffer.alloc(64, 0x31), whole.subarray(64)])),
      () => {
        const script = join(folder, 'other.js');
        writeFileSync(script, '');
        const made = spawnSync(process.execPath, ['--snapshot-blob', blob, '--build-snapshot', script]);
        expect(made.status).toBe(0);
      },
    ];
    for (const damage of damages) {
      writeFileSync(blob, whole);
      damage();
      expect(await startsFromSnapshot(program)).toBe(false);
      const { status, stdout } = spawnSync(program, ['-version'], { encoding: 'utf8' });
      expect(status).toBe(0);
      expect(stdout).toContain(process.version);
    }
    expect(spawnSync(program, ['snapshot'], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
    expect(await startsFromSnapshot(program)).toBe(true);
  });
});

describe('giveBackMemory', () => {
  it('leaves the serving process less than it has taken to start', async () => {
    const subject = new Subject(shim, rootfs);
    try {
      await subject.start('c1');
      const kib = (key: string): number => {
        const status = readFileSync(`/proc/${subject.pid}/status`, 'utf8');
        return Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
      };
      const share = await until(
        'memory that is given back',
        () => kib('VmRSS') / kib('VmHWM'),
        (part) => part < 0.7,
      );
      expect(share).toBeGreaterThan(0.1);
      const { pid } = await subject.create('c1');
      expect(await subject.state('c1')).toMatchObject({ pid, status: 1 });
    } finally {
      await subject.end();
    }
  });

  it('is of files alone, without a page that the process has written or may write', () => {
    const mapping = (line: string, anonymousKib: number): string =>
      `${line}\nSize: 8 kB\nRss: 8 kB\nAnonymous:             ${anonymousKib} kB\nVmFlags: rd\n`;
    const smaps = [
      mapping('00400000-00402000 r-xp 00000000 fe:00 12 /usr/bin/node (deleted)', 0),
      mapping('00402000-00404000 r--p 00002000 fe:00 12                         /usr/bin/node', 8),
      mapping('00404000-00406000 rw-p 00004000 fe:00 12                         /usr/bin/node', 0),
      mapping('00500000-00502000 r--p 00000000 00:00 0 ', 0),
      mapping('7f0000000000-7f0000001000 r--p 00000000 fe:00 13                 /usr/lib/libc.so.6', 0),
      mapping('7ffe00000000-7ffe00002000 r-xp 00000000 00:00 0                  [vdso]', 0),
    ].join('');
    expect(untouchedFiles(smaps)).toEqual([
      { start: 0x400000, bytes: 0x2000 },
      { start: 0x7f0000000000, bytes: 0x1000 },
    ]);
    expect(untouchedFiles('')).toEqual([]);
    const own = untouchedFiles(readFileSync('/proc/self/smaps', 'utf8'));
    expect(own.length).toBeGreaterThan(3);
  });
});
