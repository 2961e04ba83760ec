import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { startAnswerIn, startInputFor } from '../../conformance/shim/bootstrap.ts';
import { BootstrapParamsSchema, BootstrapResultSchema } from '../../wire/proto/gen/bootstrap_pb.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('startAnswerIn', () => {
  const address = '/run/containerd/s/abc';
  const result = { version: 3, address: `unix://${address}`, protocol: 'ttrpc' };

  it('reads a BootstrapResult, JSON and a bare address', () => {
    const message = toBinary(BootstrapResultSchema, create(BootstrapResultSchema, result));
    expect(startAnswerIn(message)).toEqual({ ...result, form: 'BootstrapResult', address });
    const json = JSON.stringify({ ...result, protocol: 'grpc' });
    expect(startAnswerIn(bytes(json))).toEqual({ form: 'JSON', version: 3, address, protocol: 'grpc' });
    expect(startAnswerIn(bytes(`unix://${address}\n`))).toEqual({
      form: 'a bare address',
      version: 2,
      address,
      protocol: 'ttrpc',
    });
  });

  it('refuses what containerd refuses, and says what came', () => {
    const refused: readonly [output: string, why: RegExp][] = [
      ['', /no address of a socket \(got nothing/],
      ['warning: x\nunix:///run/s', /no address of a socket \(got "warning: x\\nunix/],
      ['{"version": 3}', /no address of a socket \(got "\{/],
      [JSON.stringify({ ...result, version: 4 }), /version is unknown \(got 4, allowed 2 or 3\)/],
      [JSON.stringify({ ...result, protocol: 'http' }), /protocol is unknown \(got 'http'/],
      ['null', /no address of a socket/],
    ];
    for (const [output, why] of refused) expect(() => startAnswerIn(bytes(output))).toThrow(why);
  });
});

describe('startInputFor', () => {
  it('is BootstrapParams with the instance and the namespace of the flags, or nothing', () => {
    const options = {
      namespace: 'ns',
      id: 'c1',
      grpcAddress: '/g',
      ttrpcAddress: '/t',
      binary: '/bin/true',
    };
    expect(startInputFor('nothing', options)).toHaveLength(0);
    expect(fromBinary(BootstrapParamsSchema, startInputFor('BootstrapParams', options))).toMatchObject({
      instanceId: 'c1',
      namespace: 'ns',
      containerdTtrpcAddress: '/t',
    });
  });
});
