/** `npm run test:go`: what a containerd of today has and Debian's has not. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Containerd } from '../containerd.ts';

const manager = '[plugins."io.containerd.shim.v1.manager"]';
const containerd = new Containerd();
const sockets = join(containerd.folder, 's');
containerd.configure(`${manager}\n  socket_dir = "${sockets}"\n`);
beforeAll(() => containerd.start());
afterAll(() => containerd.end());

describe('containerd-shim-spec-v2, run by a containerd of today', () => {
  it('speaks version 3 of the protocol, at a socket in socket_dir', async () => {
    await containerd.run(['-d'], 'c1', ['/bin/sleep', '60']);
    const [socket = ''] = readdirSync(sockets);
    const file = join(containerd.bundle('c1'), 'bootstrap.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      version: 3,
      address: `unix://${join(sockets, socket)}`,
      protocol: 'ttrpc',
    });
    expect((await containerd.ctr('task', 'exec', '--exec-id', 'e1', 'c1', '/bin/true')).code).toBe(0);
    await containerd.ctr('task', 'kill', '-s', 'SIGKILL', 'c1');
    await containerd.ctr('task', 'rm', 'c1');
    await expect.poll(() => readdirSync(sockets)).toEqual([]);
  });

  it('says what it is', async () => {
    const { out, code } = await containerd.ctr(
      ...['plugins', 'inspect-runtime', '--runtime', 'io.containerd.spec.v2'],
    );
    expect(code).toBe(0);
    const { Name, Features } = JSON.parse(out) as { Name: string; Features: { ociVersionMax: string } };
    expect(Name).toBe('io.containerd.spec.v2');
    expect(Features.ociVersionMax).toMatch(/^1\./);
  });
});
