import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, describe, expect, it } from 'vitest';
import { Gate } from '../../conformance/shim/gate.ts';
import { Subject } from '../../conformance/shim/subject.ts';
import { OptionsSchema } from '../../wire/proto/gen/runc_pb.ts';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { until } from '../until.ts';
import { arrival } from './gated.ts';
import { busyboxRootfs } from './rootfs.ts';

const dist = (file: string): string => fileURLToPath(new URL(`../../dist/${file}`, import.meta.url));
const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

/** Runs `body` with a shim whose runtime has a gate, open at first, and a running container `c1`; and validates its record. */
async function withRecord(
  body: (subject: Subject, gate: Gate, actions: () => Recorded[]) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-deadline-'));
  const records = mkdtempSync(join(tmpdir(), 'shim-spec-records-'));
  const record = join(records, 'c1.ndjson');
  const gate = new Gate(folder, 'runc');
  await gate.open();
  const options = { folder, runtime: gate.program, env: { SHIM_SPEC_RECORD: records } };
  const subject = new Subject(dist('reference/main.sh'), rootfs, options);
  const actions = (): Recorded[] =>
    readFileSync(record, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Recorded);
  try {
    await subject.start('c1');
    await subject.create('c1');
    await subject.startProcess('c1');
    await body(subject, gate, actions);
  } finally {
    await gate.open();
    await subject.end();
  }
  execFileSync(process.execPath, [dist('cli/main.js'), 'validate', record]);
  rmSync(records, { recursive: true });
}

interface Recorded {
  readonly type: string;
  readonly call?: string;
}

const said = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'answered',
    (error: Error) => error.message,
  );

const isRunning = (program: string): boolean =>
  readdirSync('/proc').some((pid) => {
    try {
      return Number(pid) > 0 && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program);
    } catch {
      return false;
    }
  });

describe("a client's deadline", () => {
  it('ends the call of the runtime that is made for it, and the call can be made again', () =>
    withRecord(async (subject, gate) => {
      const { CreateTaskRequestSchema, CreateTaskResponseSchema } = task;
      const request = { id: 'c2', bundle: subject.bundle('c2') };
      const runtime = create(OptionsSchema, {
        binaryName: gate.program,
        root: join(subject.folder, 'runc'),
      });
      const options = { typeUrl: OptionsSchema.typeName, value: toBinary(OptionsSchema, runtime) };
      gate.close();
      const creating = said(
        subject.call(
          'Create',
          CreateTaskRequestSchema,
          CreateTaskResponseSchema,
          { ...request, options },
          4_000,
        ),
      );
      await arrival(gate, 'create-c2', 'before');
      expect(await creating).toMatch(/deadline exceeded|no answer within 4000 ms/);
      await until('the end of the runtime', () => !isRunning(`${gate.program}\0--root`));
      await until(
        'the end of the call',
        () => said(subject.state('c2')),
        (answer) => answer.includes('not created'),
      );
      await gate.open();
      await subject.create('c2');
      await subject.startProcess('c2');
      expect((await subject.state('c2')).status).toBe(2);
      expect((await subject.state('c1')).status).toBe(2);
    }));

  it('ends its Wait, of which nothing is kept', () =>
    withRecord(async (subject, _, actions) => {
      const { ProcessRequestSchema, WaitResponseSchema } = task;
      const wait = (timeoutMs: number) =>
        subject.call('Wait', ProcessRequestSchema, WaitResponseSchema, { id: 'c1' }, timeoutMs);
      const count = (type: string): number =>
        actions().filter((each) => each.type === type && each.call?.startsWith('wait c1')).length;
      await Promise.all(Array.from({ length: 20 }, () => said(wait(200))));
      // All that wait at once are one call of the reducer.
      await until(
        'one Wait that began and ended',
        () => [count('Admit'), count('Retire')],
        ([begun, ended]) => begun === 1 && ended === 1,
      );
      const lasting = wait(20_000);
      const more = Array.from({ length: 20 }, () => wait(20_000));
      await said(wait(200));
      await subject.kill('c1', 9);
      for (const each of [lasting, ...more]) expect((await each).exitStatus).toBe(137);
      expect((await wait(20_000)).exitStatus).toBe(137);
      expect(count('Admit')).toBe(3);
    }));
});
