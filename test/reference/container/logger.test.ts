import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Subject } from '../../../conformance/shim/subject.ts';
import { until } from '../../until.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

const rootfs = busyboxRootfs();
const subject = new Subject(shim, rootfs);
beforeAll(async () => {
  await subject.start('c1');
  await subject.create('c1');
  await subject.startProcess('c1');
});
afterAll(async () => {
  await subject.end();
  rmSync(rootfs, { recursive: true });
});

let programs = 0;
/** An exec whose outputs a logging program reads. @returns what its Start answers, and the program's file */
async function startLogged(
  scheme: string,
  body: string,
): Promise<{ said: string; file: string; id: string }> {
  const id = `e${++programs}`;
  const file = join(subject.folder, `logger-${id}`);
  writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o700 });
  await subject.exec('c1', id, ['/bin/sh', '-c', 'echo out; echo error >&2'], {
    stdout: `${scheme}://${file}`,
  });
  const said = await subject.startProcess('c1', id).then(
    () => 'started',
    (error: Error) => error.message.replace(file, 'PROGRAM'),
  );
  return { said, file, id };
}

const keep = '{ cat <&3; cat <&4; } > "$0".log';

describe('a logging program', () => {
  for (const [scheme, ready] of [
    ['binary', 'exec 5>&-'],
    ['binary-v2', 'printf r >&5; exec 5>&-'],
  ] as const) {
    it(`is ready by "${ready}" with ${scheme}://, and gets the whole output`, async () => {
      const { said, file, id } = await startLogged(scheme, `${ready}; ${keep}`);
      expect(said).toBe('started');
      await subject.wait('c1', id);
      await subject.delete('c1', id);
      await until(
        'the log',
        () => readFileSync(`${file}.log`, 'utf8'),
        (text) => text === 'out\nerror\n',
      );
    });

    it(`that ends before it is ready gives the same error each time, with ${scheme}://`, async () => {
      for (let i = 0; i < 6; i++) {
        const { said } = await startLogged(scheme, 'exit 3');
        expect(said).toBe(
          `failed to start the logging program ${scheme}://PROGRAM: it has ended with status 3`,
        );
      }
    });
  }

  it('that closes CONTAINER_WAIT without a byte is not ready with binary-v2://', async () => {
    const { said } = await startLogged('binary-v2', `exec 5>&-; ${keep}`);
    expect(said).toMatch(/it has closed CONTAINER_WAIT and written no byte to it$/);
  });

  it("has none of runc's own words", async () => {
    const file = join(subject.folder, 'wordless');
    writeFileSync(file, `#!/bin/sh\nexec 5>&-; ${keep}; echo end >> "$0".log\n`, { mode: 0o700 });
    await subject.exec('c1', 'nope', ['/bin/nope'], { stdout: `binary://${file}` });
    await expect(subject.startProcess('c1', 'nope')).rejects.toThrow('/bin/nope');
    await until(
      'its end',
      () => readFileSync(`${file}.log`, 'utf8'),
      (text) => text === 'end\n',
    );
  });
});
