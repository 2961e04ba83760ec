import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsSocket } from '../../../conformance/shim/janitor.ts';
import { Subject } from '../../../conformance/shim/subject.ts';
import { BootstrapParamsSchema, BootstrapResultSchema } from '../../../wire/proto/gen/bootstrap_pb.ts';
import { OptionsSchema } from '../../../wire/proto/gen/runc_pb.ts';
import * as task from '../../../wire/proto/gen/task_pb.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

const rootfs = busyboxRootfs();
/** A PATH with what main.sh needs, and no Node. */
const withoutNode = mkdtempSync(join(tmpdir(), 'without-node-'));
const tools = ['sh', 'readlink', 'grep', 'sha256sum', 'head', 'rm', 'cat', 'timeout'];
beforeAll(() => {
  for (const name of tools) {
    const found = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    symlinkSync(found, join(withoutNode, name));
  }
});
afterAll(() => {
  for (const folder of [rootfs, withoutNode]) rmSync(folder, { recursive: true });
});

const sandbox = 'io.kubernetes.cri.sandbox-id';

async function withSubject(body: (subject: Subject) => Promise<void>): Promise<void> {
  const subject = new Subject(shim, rootfs);
  try {
    await body(subject);
  } finally {
    await subject.end();
  }
}

/** Runs an action as containerd does. @param path where programs are found */
function run(subject: Subject, id: string, action: readonly string[], input: Uint8Array, path: string) {
  const flags = ['-namespace', 'shim-spec', '-address', join(subject.folder, 'containerd.sock'), '-id', id];
  const { status, stdout, stderr } = spawnSync(shim, [...flags, ...action], {
    cwd: subject.bundle(id),
    env: { PATH: path, TTRPC_ADDRESS: eventsSocket(subject.folder) },
    input: Buffer.from(input),
  });
  return { status, stdout, stderr: stderr.toString() };
}

const annotate = (subject: Subject, id: string, annotations: Record<string, string>): void =>
  subject.configure(id, (config) => void Object.assign(config, { annotations }));

const none = new Uint8Array();
const usual = process.env.PATH ?? '';

describe('main.sh', () => {
  it('answers start of a served group without Node: with an address, or to BootstrapParams with a BootstrapResult', () =>
    withSubject(async (subject) => {
      for (const id of ['c1', 'c2']) annotate(subject, id, { [sandbox]: 's1' });
      await subject.start('c1');
      const address = `unix://${subject.address}`;
      const typeUrl = OptionsSchema.typeName;
      const options = toBinary(AnySchema, create(AnySchema, { typeUrl, value: Uint8Array.of(0, 0) }));
      for (const input of [none, options]) {
        rmSync(join(subject.bundle('c2'), 'address'), { force: true });
        const { stdout, ...rest } = run(subject, 'c2', ['start'], input, withoutNode);
        expect({ ...rest, stdout: stdout.toString() }).toEqual({ status: 0, stderr: '', stdout: address });
        expect(readFileSync(join(subject.bundle('c2'), 'address'), 'utf8')).toBe(address);
      }
      const params = create(BootstrapParamsSchema, { instanceId: 'c2', namespace: 'shim-spec' });
      const told = run(subject, 'c2', ['start'], toBinary(BootstrapParamsSchema, params), withoutNode);
      expect(told).toMatchObject({ status: 0, stderr: '' });
      const { version, protocol, address: served } = fromBinary(BootstrapResultSchema, told.stdout);
      expect({ version, protocol, served }).toEqual({ version: 3, protocol: 'ttrpc', served: address });
    }));

  it('is not taken in by what looks like an annotation, and needs Node for every other start', () =>
    withSubject(async (subject) => {
      annotate(subject, 'c1', { [sandbox]: 's1' });
      await subject.start('c1');
      const needsNode = (): void => {
        const { status, stderr } = run(subject, 'c2', ['start'], none, withoutNode);
        expect(status).toBe(1);
        expect(stderr).toMatch(/node: not found/);
      };
      annotate(subject, 'c2', {});
      needsNode();
      annotate(subject, 'c2', { note: `{"${sandbox}":"s1"}` });
      needsNode();
      annotate(subject, 'c2', { [sandbox]: 's1', 'io.containerd.runc.v2.group': 'g' });
      needsNode();
      annotate(subject, 'c2', { [sandbox]: 's1 ' });
      needsNode();
      annotate(subject, 'c2', { [sandbox]: '.*' });
      needsNode();
      rmSync(join(subject.bundle('c2'), 'config.json'));
      needsNode();
    }));

  it('answers delete after Delete without Node, with what Delete answered, and else cleans up with it', () =>
    withSubject(async (subject) => {
      await subject.start('c1');
      const { pid } = await subject.create('c1');
      const folder = subject.bundle('c1');
      const cleanUp = ['-bundle', folder, 'delete'];
      expect(run(subject, 'c1', cleanUp, none, withoutNode).stderr).toMatch(/node: not found/);
      const response = await subject.call('Delete', task.ProcessRequestSchema, task.DeleteResponseSchema, {
        id: 'c1',
      });
      expect(response.pid).toBe(pid);
      const { status, stdout } = run(subject, 'c1', cleanUp, none, withoutNode);
      expect(status).toBe(0);
      expect(fromBinary(task.DeleteResponseSchema, stdout)).toEqual(response);
      // A socket that nobody serves is left: the shim was killed.
      process.kill(subject.pid, 'SIGKILL');
      await subject.client?.closed;
      expect(run(subject, 'c1', cleanUp, none, withoutNode).stderr).toMatch(/node: not found/);
      expect(run(subject, 'c1', cleanUp, none, usual).status).toBe(0);
      expect(existsSync(subject.address)).toBe(false);
    }));

  it('tells why Node could not serve, and leaves nothing', () =>
    withSubject(async (subject) => {
      subject.bundle('c1');
      writeFileSync(join(subject.bundle('c1'), 'config.json'), '{');
      const { status, stdout, stderr } = run(subject, 'c1', ['start'], none, usual);
      expect({ status, stdout: stdout.toString() }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(/^containerd-shim-spec-v2: cannot read .*config.json: /);
    }));
});
