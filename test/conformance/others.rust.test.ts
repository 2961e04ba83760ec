/** `npm run test:rust`: rust-extensions' shim, and the findings about it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needDebian } from '../debian.ts';
import { violations } from './conform.ts';
import { check, installed } from './subjects.ts';

let rust: ReturnType<typeof installed>;
beforeAll(() => {
  needDebian(['runc', 'busybox', 'protoc'], ['runc', 'busybox-static', 'protobuf-compiler']);
  rust = installed('rust-extensions');
});
afterAll(() => rust?.end());

describe("rust-extensions' shim", () => {
  const restarted = 'containerd is restarted, and then an exec runs';
  const invalid = 'invalid calls are refused';
  const shared = 'execs are killed with their init, in a shared pid namespace';
  const twice = 'at most one exit per process (c1/e1) [early-exits]';

  it('is silent after a restart of containerd, forgets execs, runs them twice, and ends an init before them', async () => {
    const report = await check(rust.flags, restarted, invalid, shared, twice);
    const found = violations(report);
    expect(found[restarted]).toEqual(['no event is lost while containerd is away']);
    expect(found[shared]).toContain("an init's exit is the last of its container");
    expect(found[twice]).toContain('calls and events are a behaviour of the specification');
    expect(found[invalid]).toContain('an invalid call is refused with the right code');
    expect(JSON.stringify(report.results)).toContain('Exec with an id that is taken was not refused');
  });
});
