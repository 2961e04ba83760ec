import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Subject } from '../../conformance/shim/subject.ts';
import { shimSpecIn } from '../cli/shim-spec.ts';
import { needDebian } from '../debian.ts';
import { busyboxRootfs } from '../reference/rootfs.ts';
import { conform, debians, only, processesOf, violations, withShim } from './conform.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-hostile-'));
beforeAll(() =>
  needDebian(['runc', 'busybox', 'containerd-shim-runc-v2'], ['runc', 'busybox-static', 'containerd']),
);
afterAll(() => rmSync(folder, { recursive: true }));

/** A shim that is this script. */
function shimOf(name: string, script: string): string {
  const shim = join(folder, name);
  writeFileSync(shim, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  return shim;
}

describe('shim-spec conform', () => {
  const none: readonly [name: string, script: string, said: RegExp][] = [
    ['dies', 'echo unix:///run/shim-spec-nobody', /ENOENT.*shim-spec-nobody/],
    ['prints for ever', 'exec yes unix:///run/x', /printed more than 65536 bytes/],
    [
      'forks',
      'for i in 1 2 3 4 5 6 7 8 9; do setsid sleep 3600 > /dev/null 2>&1 & done; exit 3',
      /exit code 3: it printed nothing/,
    ],
    ['is no shim', 'exec cat /proc/self/mem', /exit code 1/],
  ];
  for (const [name, script, said] of none) {
    it(`says of a shim that ${name} what is wrong, and leaves nothing`, () => {
      const own = mkdtempSync(join(folder, 'tmp-'));
      const shim = shimOf(name.replaceAll(' ', '-'), script);
      const { code, err } = shimSpecIn({ TMPDIR: own }, 'conform', '--shim', shim);
      expect(err).toMatch(said);
      expect(code).toBe(153);
      expect([...readdirSync(own), ...processesOf(own)]).toEqual([]);
    });
  }

  it('judges a shim that fills its log for ever', async () => {
    const flood = '(while :; do echo flood; done > log) > /dev/null 2>&1 &';
    const shim = shimOf('floods', `case "$*" in *start) ${flood} esac\nexec ${debians} "$@"`);
    const { code, report } = await conform(shim, '--runs', '0', ...only('an init is killed'));
    expect(violations(report)).toEqual({});
    expect(code).toBe(0);
  });

  it('judges a shim that serves only half of the calls', () =>
    withShim(null, [['reference/service/task-service.js', 'Wait:', 'Wai:']], async (binary) => {
      const { code, report } = await conform(binary, '--runs', '0', ...only('an init is killed'));
      expect(Object.values(violations(report)).flat()).toContain('a valid call is not refused');
      expect(code).toBe(30);
    }));
});

describe('a subject', () => {
  it('is given up where what it left running holds its output', async () => {
    const own = join(folder, 'subject');
    mkdirSync(own);
    const rootfs = busyboxRootfs();
    const shim = shimOf('holds', 'sleep 3600 &\necho unix:///run/nothing');
    const subject = new Subject(shim, rootfs, { folder: own });
    try {
      await expect(subject.start('c1')).rejects.toThrow(
        /it has ended, but what it left running holds its output/,
      );
    } finally {
      await subject.end();
      rmSync(rootfs, { recursive: true });
    }
    expect(existsSync(own)).toBe(false);
  });
});
