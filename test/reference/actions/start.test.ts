import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { afterAll, describe, expect, it } from 'vitest';
import { eventsSocket } from '../../../conformance/shim/janitor.ts';
import { cgroupsBelow } from '../../../conformance/shim/processes.ts';
import { Subject } from '../../../conformance/shim/subject.ts';
import { parseArguments } from '../../../reference/actions/arguments.ts';
import { readBootstrap } from '../../../reference/actions/bootstrap.ts';
import { joinCgroup } from '../../../reference/linux/shim-cgroup.ts';
import { BootstrapParamsSchema, BootstrapResultSchema } from '../../../wire/proto/gen/bootstrap_pb.ts';
import { OptionsSchema } from '../../../wire/proto/gen/runc_pb.ts';
import { TtrpcClient } from '../../../wire/ttrpc/client.ts';
import { until } from '../../until.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

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
    encoding: 'latin1',
  });
}

const optionsWith = (shimCgroup: string) =>
  create(AnySchema, {
    typeUrl: OptionsSchema.typeName,
    value: toBinary(OptionsSchema, create(OptionsSchema, { shimCgroup })),
  });

/** BootstrapParams for `c1`, as containerd 2.3 sends them. */
function paramsOf(subject: Subject, more: MessageInitShape<typeof BootstrapParamsSchema> = {}): Uint8Array {
  const params = {
    instanceId: 'c1',
    namespace: 'shim-spec',
    containerdVersion: '2.3.4',
    containerdGrpcAddress: join(subject.folder, 'containerd.sock'),
    containerdTtrpcAddress: eventsSocket(subject.folder),
    containerdBinary: '/usr/bin/containerd',
    ...more,
  };
  return toBinary(BootstrapParamsSchema, create(BootstrapParamsSchema, params));
}

/** What containerd writes to standard input: before 2.3, and from then on. */
const inputs: Record<string, (shimCgroup: string, subject: Subject) => Uint8Array> = {
  'an Any': (cgroup) => toBinary(AnySchema, optionsWith(cgroup)),
  BootstrapParams: (cgroup, subject) =>
    paramsOf(subject, {
      extensions: [{ value: { typeUrl: 'another' } }, { value: optionsWith(cgroup) }],
    }),
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
        expect(start(subject, inputOf(cgroup, subject))).toMatchObject({ status: 0, stderr: '' });
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
        const { status, stdout, stderr } = start(subject, toBinary(AnySchema, optionsWith(cgroup)));
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

describe('the protocol of containerd 2.3', () => {
  const resultOf = (stdout: string) => fromBinary(BootstrapResultSchema, Buffer.from(stdout, 'latin1'));

  it('answers BootstrapParams with version 3, ttrpc and an address in socket_dir', () =>
    withSubject(async (subject) => {
      const socketDir = join(subject.folder, 's');
      const { status, stdout } = start(subject, paramsOf(subject, { socketDir }));
      expect(status).toBe(0);
      const { version, address, protocol } = resultOf(stdout);
      expect({ version, protocol }).toEqual({ version: 3, protocol: 'ttrpc' });
      const [socket = ''] = readdirSync(socketDir);
      expect(address).toBe(`unix://${socketDir}/${socket}`);
      expect(readFileSync(join(subject.bundle('c1'), 'address'), 'utf8')).toBe(address);
      const again = start(subject, paramsOf(subject, { socketDir }));
      expect(resultOf(again.stdout).address).toBe(address);
      const client = await TtrpcClient.connect(address.replace('unix://', ''));
      await client.call('containerd.task.v3.Task', 'Shutdown', new Uint8Array());
      await until('the end of the socket', () => readdirSync(socketDir).length === 0);
    }));

  it('takes the addresses of containerd from the params, and its log level', () =>
    withSubject(async (subject) => {
      const containerdTtrpcAddress = join(subject.folder, 'elsewhere.sock');
      start(subject, paramsOf(subject, { logLevel: 4, containerdTtrpcAddress }));
      await subject.start('c1');
      process.kill(subject.pid, 'SIGHUP');
      await subject.create('c1');
      await until('a warning', () => subject.log.includes(`to ${containerdTtrpcAddress}, will try again`));
      expect(subject.log).not.toMatch(/level=(info|debug)/);
    }));

  it('starts nothing in a folder that cannot be, or of params that are cut off', () =>
    withSubject(async (subject) => {
      const long = join(subject.folder, 'x'.repeat(100));
      for (const [input, why] of [
        [paramsOf(subject, { socketDir: long }), /socket_dir cannot be used \(got .*at most 74 bytes/],
        [paramsOf(subject).subarray(0, -1), /standard input is no protobuf/],
      ] as const) {
        const { status, stdout, stderr } = start(subject, input);
        expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
        expect(stderr).toMatch(why);
      }
      expect(isServing(subject.folder)).toBe(false);
      expect(existsSync(join(subject.bundle('c1'), 'address'))).toBe(false);
      expect(existsSync(long)).toBe(false);
    }));
});

describe('readBootstrap', () => {
  const args = parseArguments(['-namespace', 'ns', '-id', 'c1', '-address', '/a.sock', '-debug', 'start']);
  const paramsWith = (more: MessageInitShape<typeof BootstrapParamsSchema>): Uint8Array =>
    toBinary(BootstrapParamsSchema, create(BootstrapParamsSchema, { ...more }));
  const whole = paramsWith({
    instanceId: 'c1',
    namespace: 'ns',
    containerdVersion: '2.3.4',
    containerdGrpcAddress: '/g.sock',
    containerdTtrpcAddress: '/t.sock',
    extensions: [{ value: optionsWith('/shims') }],
    socketDir: '/s',
  });

  it('reads params, and takes from the flags what they leave out', () => {
    expect(readBootstrap(whole, args, '/e.sock')).toEqual({
      wantsResult: true,
      address: '/g.sock',
      eventsAddress: '/t.sock',
      logLevel: -4,
      socketFolder: '/s',
      shimCgroup: '/shims',
    });
    const bare = paramsWith({ instanceId: 'c1', namespace: 'ns', logLevel: 8 });
    expect(readBootstrap(bare, args, '/e.sock')).toMatchObject({
      wantsResult: true,
      address: '/a.sock',
      eventsAddress: '/e.sock',
      logLevel: 8,
    });
    expect(readBootstrap(new Uint8Array(), args, '/e.sock')).toMatchObject({ wantsResult: false });
  });

  it('refuses what is cut off within a field, or meant for another container', () => {
    const isRefused = (input: Uint8Array): boolean => {
      try {
        return !readBootstrap(input, args, '').wantsResult;
      } catch (error) {
        return /is no protobuf|meant for another container/.test((error as Error).message);
      }
    };
    const ends = Array.from({ length: whole.length }, (_, i) => i + 1);
    // After the namespace each field is optional.
    expect(ends.filter((end) => !isRefused(whole.subarray(0, end)))).toHaveLength(6);
    for (const more of [{ instanceId: 'c2' }, { namespace: 'k8s.io' }])
      expect(() =>
        readBootstrap(
          paramsWith({ instanceId: 'c1', namespace: 'ns', containerdVersion: '2', ...more }),
          args,
          '',
        ),
      ).toThrow(/meant for another container \(got BootstrapParams of/);
    const bad = { value: { typeUrl: OptionsSchema.typeName, value: Buffer.of(0xff) } };
    expect(isRefused(paramsWith({ instanceId: 'c1', namespace: 'ns', extensions: [bad] }))).toBe(true);
  });
});

describe('the action start', () => {
  for (const [callers, score] of [
    [7, 8],
    [1_000, 1_000],
  ] as const) {
    it(`makes the serving process's OOM score ${score} where its caller's is ${callers}`, () =>
      withSubject(async (subject) => {
        const script = `echo ${callers} > /proc/self/oom_score_adj; "$@"; exit $?`;
        const { status } = start(subject, Buffer.alloc(0), ['sh', '-c', script, 'sh']);
        expect(status).toBe(0);
        await subject.start('c1');
        expect(readFileSync(`/proc/${subject.pid}/oom_score_adj`, 'utf8')).toBe(`${score}\n`);
      }));
  }
});

describe('a group', () => {
  it('is named by the first annotation that is there, even an empty one', () =>
    withSubject(async (subject) => {
      const [group, sandbox] = ['io.containerd.runc.v2.group', 'io.kubernetes.cri.sandbox-id'];
      const addressWith = (annotations: Record<string, string>): string => {
        subject.configure('c1', (config) => void Object.assign(config, { annotations }));
        return start(subject, Buffer.alloc(0)).stdout;
      };
      const empty = addressWith({ [group]: '', [sandbox]: 's1' });
      expect(empty).toMatch(/^unix:\/\/\/run\/containerd\/s\/[0-9a-f]{32}$/);
      expect(addressWith({ [group]: '' })).toBe(empty);
      await subject.start('c1');
    }));
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
