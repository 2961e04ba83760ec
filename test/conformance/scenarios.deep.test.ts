import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { needDebian } from '../debian.ts';
import type { Replacement } from './broken-shim.ts';
import { conform, debians, only, violations, withShim } from './conform.ts';

beforeAll(() =>
  needDebian(['runc', 'busybox', 'containerd-shim-runc-v2'], ['runc', 'busybox-static', 'containerd']),
);

const lives = 'the shim lives on';
const publisher = 'reference/service/publisher.js';
const calls = 'reference/service/ordered-calls.js';

describe('a scenario of conform', () => {
  /** What containerd's 1.6.20 does wrong. */
  const ofDebian: readonly [check: string, rule: string][] = [
    ['a request that makes no sense: Exec without a spec', lives],
    ['a request that makes no sense: Update without resources', lives],
    ['an exec that could not be started is started again', lives],
    ['the shim is asked for what it is by -info', 'the flag -info answers'],
    [
      'calls about a task are answered while another is created',
      'a call does not wait for a call about another container',
    ],
  ];
  for (const [check, rule] of ofDebian) {
    it(`finds what Debian's shim breaks by '${check}'`, async () => {
      const { code, report } = await conform(debians, '--runs', '0', ...only(check));
      expect(violations(report)).toEqual({ [check]: [rule] });
      expect(code).toBe(30);
    });
  }

  const edited: readonly [what: string, edit: Replacement, check: string, rule: string][] = [
    [
      'a resize without a terminal ends it',
      ['reference/service/unordered-calls.js', 'terminal?.resize(', '(terminal ?? process.abort()).resize('],
      'an exec is resized before it is started',
      lives,
    ],
    [
      'signals above 31 are cut off',
      ['reference/linux/reaper.js', '128 + status', '128 + (status & 31)'],
      'an exec is killed by a real-time signal, and by none that there is',
      'an exit status is the exit code, or 128 plus the signal',
    ],
    [
      'a Start that fails is answered all the same',
      [calls, "requireAnswered(outcome, isRestored ? 'restore' : 'start', r, state);", ''],
      'an exec is added before the exit of its init, and started after it',
      'an invalid call is refused with the right code',
    ],
    [
      'each exec leaves a descriptor',
      [
        calls,
        'async exec(r) {',
        "async exec(r) { process.getBuiltinModule('node:fs').openSync('/dev/null');",
      ],
      '20 execs leave no descriptor behind',
      'nothing is left behind',
    ],
    [
      'the output of execs goes nowhere',
      [
        calls,
        'newProcess(stdioFields(r), processSpecOf',
        "newProcess({ ...stdioFields(r), stdout: '' }, processSpecOf",
      ],
      '8 MiB of output, to a reader that comes late',
      'all output is there when Delete returns',
    ],
    [
      'an unknown method is an unknown error',
      ['wire/ttrpc/server.js', 'code.unimplemented', 'code.unknown'],
      'a method is called that there is not',
      'a call that the shim does not have is unimplemented',
    ],
    [
      'an event that cannot be sent is dropped',
      [publisher, 'this.#outbox.fail()', 'this.#outbox.acknowledge()'],
      'containerd is away for 2 s while an exec runs',
      'no event is lost while containerd is away',
    ],
    [
      'an event that is answered late is sent again and again',
      [publisher, 'callTimeoutMs = 5_000', 'callTimeoutMs = 100'],
      'containerd takes its time with each event',
      'no exit is lost',
    ],
  ];
  it("finds that Debian's shim changes the order of events while containerd is away for longer", async () => {
    const check = 'containerd is away for 7 s while an exec runs';
    const { report } = await conform(debians, '--runs', '0', ...only(check));
    expect(violations(report)[check]).toContain('exec-added precedes exec-started');
  });

  const wrapped: readonly [what: string, instead: string, check: string, rule: string][] = [
    ['-v is unknown', '-v) exit 2', 'the shim is asked for its version by -v', 'the flag -v answers'],
    [
      'delete does nothing',
      '*delete) exit 0',
      'a shim is killed, and the action delete is run',
      'the action delete cleans up',
    ],
  ];
  for (const [what, instead, check, rule] of wrapped) {
    it(`catches a shim where ${what}, by '${check}'`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'shim-spec-test-'));
      const shim = join(folder, 'shim');
      writeFileSync(shim, `#!/bin/sh\ncase "$*" in ${instead} ;; esac\nexec ${debians} "$@"\n`, {
        mode: 0o700,
      });
      const { code, report } = await conform(shim, '--runs', '0', ...only(check));
      rmSync(folder, { recursive: true });
      expect(violations(report)).toEqual({ [check]: [rule] });
      expect(code).toBe(30);
    });
  }

  for (const [what, edit, check, rule] of edited) {
    it(`catches a shim where ${what}, by '${check}'`, () =>
      withShim(null, [edit], async (binary) => {
        const { code, report } = await conform(binary, '--runs', '0', ...only(check));
        expect(Object.values(violations(report)).flat()).toContain(rule);
        expect(code).toBe(30);
      }));
  }
});
