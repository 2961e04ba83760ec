import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { afterAll, describe, expect, it } from 'vitest';
import { RuntimeInfoSchema } from '../../../wire/proto/gen/info_pb.ts';
import { OptionsSchema } from '../../../wire/proto/gen/runc_pb.ts';
import { needDebian } from '../../debian.ts';
import { shim } from '../gated.ts';

needDebian(['runc'], ['runc']);
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-info-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (flag: string, input: Uint8Array = new Uint8Array()) => spawnSync(shim, [flag], { input });

/** Options in an Any. */
function optionsOf(binaryName: string, host = ''): Uint8Array {
  const value = toBinary(OptionsSchema, create(OptionsSchema, { binaryName }));
  return toBinary(AnySchema, create(AnySchema, { typeUrl: `${host}${OptionsSchema.typeName}`, value }));
}

function infoFor(input?: Uint8Array): MessageShape<typeof RuntimeInfoSchema> {
  const { status, stdout, stderr } = run('-info', input);
  expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
  return fromBinary(RuntimeInfoSchema, stdout);
}

describe('the flag -version', () => {
  for (const flag of ['-v', '-version', '--version'])
    it(`is for people: ${flag}`, () => {
      const { status, stdout } = run(flag);
      expect(status).toBe(0);
      expect(stdout.toString()).toBe(
        `containerd-shim-spec-v2:\n  Version: ${version}\n  Node:    ${process.version}\n`,
      );
    });
});

describe('the flag -info', () => {
  it("says the shim's name and version, and the runtime's features, which are what it prints", () => {
    const info = infoFor();
    expect(info).toMatchObject({ name: 'io.containerd.spec.v2', version: { version } });
    expect(info.options).toBeUndefined();
    expect(info.features?.typeUrl).toBe(
      'types.containerd.io/opencontainers/runtime-spec/1/features/Features',
    );
    const printed = spawnSync('runc', ['features'], { encoding: 'utf8' }).stdout;
    expect(JSON.parse(Buffer.from(info.features?.value ?? []).toString())).toEqual(JSON.parse(printed));
  });

  it('asks the runtime that the options name, and gives the options back', () => {
    const runtime = join(folder, 'runtime');
    writeFileSync(runtime, '#!/bin/sh\necho "{\\"asked\\": \\"$*\\"}"\n', { mode: 0o755 });
    for (const host of ['', 'type.googleapis.com/']) {
      const { options, features } = infoFor(optionsOf(runtime, host));
      expect(Buffer.from(features?.value ?? []).toString()).toBe('{"asked": "features"}\n');
      expect(options?.typeUrl).toBe('containerd.runc.v1.Options');
      expect(fromBinary(OptionsSchema, options?.value ?? new Uint8Array()).binaryName).toBe(runtime);
    }
  });

  it('names no features where the runtime has no such command, and takes no options of another', () => {
    expect(infoFor(optionsOf('/bin/false')).features).toBeUndefined();
    const other = toBinary(AnySchema, create(AnySchema, { typeUrl: 'another', value: Buffer.from([255]) }));
    expect(infoFor(other).options).toBeUndefined();
  });

  it('fails where there is no such runtime, and for what is no Any', () => {
    const missing = run('-info', optionsOf('/no/runtime'));
    expect(missing).toMatchObject({ status: 1, stdout: Buffer.alloc(0) });
    expect(missing.stderr.toString()).toContain('no OCI runtime /no/runtime');
    expect(run('-info', Buffer.from([255])).status).toBe(1);
  });
});
