import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Subject } from '../../../conformance/shim/subject.ts';
import { runtimeEnvironment } from '../../../reference/linux/environment.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

const given = {
  NOTIFY_SOCKET: '/run/nobody-serves.sock',
  LISTEN_FDS: '1',
  LISTEN_PID: '1',
  INVOCATION_ID: 'of a unit',
  CREDENTIALS_DIRECTORY: '/run/credentials',
  A_SECRET: 'of a service',
  HTTPS_PROXY: 'http://proxy:3128',
  LC_ALL: 'C.UTF-8',
};
const kept = ['HTTPS_PROXY', 'LC_ALL'];

/** The variables that a program wrote down with env(1). */
const namesIn = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split('=')[0] ?? '')
    .filter((name) => name !== '' && !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name));

describe("the environment of a shim's containerd", () => {
  it('reaches runc, its hooks and logging programs as far as a list says, and no container', async () => {
    const subject = new Subject(shim, rootfs, { env: { ...process.env, ...given } });
    const file = (name: string): string => join(subject.folder, name);
    const program = (name: string, then: string): string => {
      const path = file(name);
      writeFileSync(path, `#!/bin/sh\nenv > ${path}.env\n${then}\n`, { mode: 0o755 });
      return path;
    };
    try {
      await subject.start('c1');
      const hook = program('hook', 'cat > /dev/null');
      subject.configure('c1', (config) => {
        Object.assign(config, { hooks: { createRuntime: [{ path: hook }] } });
        config.process.args = ['/bin/sh', '-c', 'env; test ! -e /run/notify && exec sleep 3600'];
      });
      const logger = program('logger', `exec 5>&-; cat <&3 > ${file('container.env')}`);
      await subject.create('c1', { stdout: `binary://${logger}`, stderr: `binary://${logger}` });
      await subject.startProcess('c1');
      expect((await subject.state('c1')).status).toBe(2);
      await subject.exec('c1', 'e1', ['/bin/true']);
      await subject.startProcess('c1', 'e1');
      expect((await subject.wait('c1', 'e1')).exitStatus).toBe(0);
      const expected = runtimeEnvironment({ ...process.env, ...given, TTRPC_ADDRESS: '', GOMAXPROCS: '' });
      expect(namesIn(file('hook.env')).toSorted()).toEqual(expected.map(([name]) => name).toSorted());
      expect(
        namesIn(file('hook.env'))
          .filter((name) => name in given)
          .toSorted(),
      ).toEqual(kept);
      expect(namesIn(file('logger.env')).toSorted()).toEqual(['CONTAINER_ID', 'CONTAINER_NAMESPACE']);
      await expect
        .poll(() => existsSync(file('container.env')) && namesIn(file('container.env')))
        .toContain('PATH');
      expect(namesIn(file('container.env')).filter((name) => name in given)).toEqual([]);
      expect((await subject.state('c1')).status).toBe(2);
    } finally {
      await subject.end();
    }
  });
});
