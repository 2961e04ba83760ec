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
const unordered = 'reference/service/unordered-calls.js';
const held = 'a call does not wait for a call about another container';
const oom = 'TaskOOM precedes the exit that it explains';
const inTime = 'an exit is published in time, however many processes have ended';
const again = 'an event comes again before the next one, or not at all';
const cleansUp = 'the action delete cleans up';

describe('a scenario of conform', () => {
  /** What containerd's 1.6.20 does wrong. */
  const ofDebian: readonly [check: string, rule: string][] = [
    ['a request that makes no sense: Exec without a spec', lives],
    ['a request that makes no sense: Update without resources', lives],
    ['an exec that could not be started is started again', lives],
    ['the shim is asked for what it is by -info', 'the flag -info answers'],
    ['calls about a task are answered while another is created', held],
    ['calls about a task are answered while another is started', held],
    ['calls about a task are answered while an exec of another is started', held],
    ['an init runs out of memory before its Start is answered', oom],
    ['48 execs end while another is being started', inTime],
    ['48 execs end with their init, in a shared pid namespace', inTime],
    ['containerd refuses an event once', 'start precedes exit'],
    ['containerd answers an event after 6 s', again],
    ['containerd is stopped for 7 s while an exec runs', again],
    ['containerd is killed, and back after 17 s', 'no event is lost while containerd is away'],
  ];
  for (const [check, rule] of ofDebian) {
    it(`finds what Debian's shim breaks by '${check}'`, async () => {
      const { code, report } = await conform(debians, '--runs', '0', ...only(check));
      expect(violations(report)[check]).toContain(rule);
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
      'an exit takes its time',
      [
        'reference/actions/serve.js',
        'publishEvent(publisher, event);',
        "if (event.topic !== 'exit') publishEvent(publisher, event); else setTimeout(() => publishEvent(publisher, event), 500);",
      ],
      'an init is deleted when Wait returns, 5 times',
      'delete follows exit',
    ],
    [
      'a TaskOOM takes its time',
      [
        'reference/service/task-events.js',
        "publisher.publish('/tasks/oom', events.TaskOOMSchema, { containerId })",
        "setTimeout(() => publisher.publish('/tasks/oom', events.TaskOOMSchema, { containerId }), 300)",
      ],
      'an init runs out of memory, and is deleted when Wait returns',
      oom,
    ],
    [
      'a pause that fails is announced',
      [unordered, 'throw runtimeError(`OCI runtime', 'void runtimeError(`OCI runtime'],
      'a pause fails, and the next one succeeds',
      'a pause and a resume are announced',
    ],
    [
      'a paused task that is killed stays frozen',
      ['reference/container/container.js', 'if (!container.isPaused)', 'if (container.isPaused)'],
      'a paused task is killed',
      'no exit is lost',
    ],
    [
      'the action delete says that the container ended well',
      ['reference/actions/delete.js', 'const killed = 137', 'const killed = 0'],
      'a shim is killed while its task is paused, and the action delete is run',
      cleansUp,
    ],
    [
      'the action delete kills the init alone',
      ['reference/actions/delete.js', "'delete', '--force', id", "'kill', id, 'KILL'"],
      'a shim is killed while execs run, in a shared pid namespace, and the action delete is run',
      cleansUp,
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
      'a connection that containerd closed is kept',
      [
        publisher,
        'this.#client ??= await this.#connect()',
        'globalThis.first ??= await this.#connect(); this.#client = globalThis.first',
      ],
      'containerd is restarted, and then an exec runs',
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
    ['delete does nothing', '*delete) exit 0', 'a shim is killed, and the action delete is run', cleansUp],
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

  const waits: Replacement = [
    unordered,
    'state(r) {',
    "async state(r) { if (globalThis.isHeld && r.id === 'c1') await new Promise((resolve) => setTimeout(resolve, 4_000));",
  ];
  const holding: readonly [verb: string, file: string, begin: string][] = [
    ['paused', unordered, 'async pause({ id }, client) {'],
    ['deleted', calls, 'async delete(r, client) {'],
  ];
  for (const [verb, file, begin] of holding) {
    const check = `calls about a task are answered while another is ${verb}`;
    it(`catches a shim where State waits, by '${check}'`, () =>
      withShim(null, [waits, [file, begin, `${begin} globalThis.isHeld = true;`]], async (binary) => {
        const { report } = await conform(binary, '--runs', '0', ...only(check));
        expect(violations(report)[check]).toEqual([held]);
      }));
  }

  const group = 'two containers are in a group with an empty name';
  it('catches a shim that ends by the Shutdown of a container, by a group', () =>
    withShim('Shutdown does not look for containers', [], async (binary) => {
      const { report } = await conform(binary, '--runs', '0', ...only(group));
      expect(violations(report)[group]).toContain(lives);
    }));

  it('does not judge a shim that takes an empty name of a group for none', () =>
    withShim(null, [['reference/actions/start.js', 'value !== undefined', 'value']], async (binary) => {
      const { code, report } = await conform(binary, '--runs', '0', ...only(group));
      expect(report.results.map(({ verdict }) => verdict)).toEqual(['could not judge']);
      expect(code).toBe(31);
    }));
});
