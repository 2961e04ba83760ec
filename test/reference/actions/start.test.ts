import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { afterAll, describe, expect, it } from 'vitest';
import { eventsSocket } from '../../conformance/shim/janitor.ts';
import { cgroupsBelow } from '../../conformance/shim/processes.ts';
import { Subject } from '../../conformance/shim/subject.ts';
import { joinCgroup } from '../../reference/linux/shim-cgroup.ts';
import { BootstrapParamsSchema } from '../../wire/proto/gen/bootstrap_pb.ts';
import { OptionsSchema } from '../../wire/proto/gen/runc_pb.ts';
import { shim } from './gated.ts';
import { busyboxRootfs } from './rootfs.ts';

const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

const mountPoint = '/sys/fs/cgroup';
const isUnified = existsSync(join(mountPoint, 'cgroup.controllers'));
const hierarchies = isUnified ? [''] : ['memory', 'pids'];

/** Runs `body` with a shim that was not started yet; nothing of it is left, no cgroup either. */
async function withSubject(body: (subject: Subject) => Promise<void>): Promise<void> {
  const subject = new Subject(shim, rootfs);
  try {
    await body(subject);
  } finally {
    await subject.end();
  }
  expect(cgroupsBelow(basename(subject.folder))).toEqual([]);
}

/** The action `start` for container `c1`. @param prefix a program that runs it */
function start(
  subject: Subject,
  input: Uint8Array,
  prefix: readonly string[] = [],
): SpawnSyncReturns<string> {
  const flags = ['-namespace', 'shim-spec', '-address', join(subject.folder, 'containerd.sock'), '-id', 'c1'];
  const [program = '', ...args] = [...prefix, shim, ...flags, 'start'];
  return spawnSync(program, args, {
    cwd: subject.bundle('c1'),
    env: { ...process.env, TTRPC_ADDRESS: eventsSocket(subject.folder) },
    input: Buffer.from(input),
    encoding: 'utf8',
  });
}

const optionsWith = (shimCgroup: string) =>
  create(AnySchema, {
    typeUrl: OptionsSchema.typeName,
    value: toBinary(OptionsSchema, create(OptionsSchema, { shimCgroup })),
  });

/** What containerd writes to standard input: before 2.3, and from then on. */
const inputs: Record<string, (shimCgroup: string) => Uint8Array> = {
  'an Any': (cgroup) => toBinary(AnySchema, optionsWith(cgroup)),
  BootstrapParams: (cgroup) =>
    toBinary(
      BootstrapParamsSchema,
      create(BootstrapParamsSchema, {
        instanceId: 'c1',
        namespace: 'shim-spec',
        extensions: [{ value: { typeUrl: 'another' } }, { value: optionsWith(cgroup) }],
      }),
    ),
};

const isServing = (folder: string): boolean =>
  readdirSync('/proc').some((pid) => {
    const file = `/proc/${pid}/cmdline`;
    return (
      Number(pid) > 0 && existsSync(file) && readFileSync(file, 'utf8').includes(`${folder}/c1\0-socket`)
    );
  });

describe('the action start, told of options', () => {
  for (const [kind, inputOf] of Object.entries(inputs)) {
    it(`puts the serving process into shim_cgroup, in ${kind}`, () =>
      withSubject(async (subject) => {
        const cgroup = `/${basename(subject.folder)}/shims`;
        const folders = hierarchies.map((name) => join(mountPoint, name, cgroup));
        for (const folder of folders) mkdirSync(folder, { recursive: true });
        expect(start(subject, inputOf(cgroup))).toMatchObject({ status: 0, stderr: '' });
        await subject.start('c1');
        for (const folder of folders)
          expect(readFileSync(join(folder, 'cgroup.procs'), 'utf8')).toBe(`${subject.pid}\n`);
        await subject.create('c1');
        await subject.startProcess('c1');
        expect((await subject.state('c1')).status).toBe(2);
      }));
  }

  it('fails where there is no such cgroup, and leaves no process and no address', () =>
    withSubject(async (subject) => {
      for (const [cgroup, why] of [
        ['/shim-spec-nowhere', /failed to load cgroup \/shim-spec-nowhere: it is in no hierarchy/],
        ['/../..', /shim_cgroup is no path of a cgroup \(got \/\.\.\/\.\., allowed/],
      ] as const) {
        const { status, stdout, stderr } = start(subject, inputs['an Any']?.(cgroup) ?? Buffer.alloc(0));
        expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
        expect(stderr).toMatch(why);
        expect(isServing(subject.folder)).toBe(false);
        expect(existsSync(join(subject.bundle('c1'), 'address'))).toBe(false);
      }
    }));

  it('takes options of another runtime for none, and refuses what is no protobuf', () =>
    withSubject(async (subject) => {
      expect(start(subject, Buffer.from([0xff])).stderr).toMatch(
        /standard input is no protobuf \(got 1 bytes/,
      );
      const other = toBinary(
        AnySchema,
        create(AnySchema, { typeUrl: 'another', value: Buffer.from([0xff]) }),
      );
      expect(start(subject, other)).toMatchObject({ status: 0, stderr: '' });
      await subject.start('c1');
    }));
});

describe('the action start', () => {
  for (const [parents, score] of [
    [7, 8],
    [1_000, 1_000],
  ] as const) {
    it(`makes the serving process's OOM score ${score} where its parent's is ${parents}`, () =>
      withSubject(async (subject) => {
        const script = `echo ${parents} > /proc/self/oom_score_adj; "$@"; exit $?`;
        const { status } = start(subject, Buffer.alloc(0), ['sh', '-c', script, 'sh']);
        expect(status).toBe(0);
        await subject.start('c1');
        expect(readFileSync(`/proc/${subject.pid}/oom_score_adj`, 'utf8')).toBe(`${score}\n`);
      }));
  }
});

describe('joinCgroup', () => {
  it('puts a process into a cgroup of v2', () => {
    const v2 = isUnified ? mountPoint : join(mountPoint, 'unified');
    const name = `shim-spec-join-${process.pid}`;
    mkdirSync(join(v2, name));
    const sleeper = spawn('sleep', ['3600']);
    try {
      joinCgroup(`/${name}`, sleeper.pid ?? 0, v2);
      expect(readFileSync(join(v2, name, 'cgroup.procs'), 'utf8')).toBe(`${sleeper.pid}\n`);
      expect(() => joinCgroup(`/${name}`, 2 ** 30, v2)).toThrow(/^failed to join cgroup .*ESRCH/);
    } finally {
      joinCgroup('/', sleeper.pid ?? 0, v2);
      sleeper.kill('SIGKILL');
      rmdirSync(join(v2, name));
    }
  });
});
