import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  createReadStream,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Subject } from '../../../conformance/shim/subject.ts';
import * as task from '../../../wire/proto/gen/task_pb.ts';
import { isDeep } from '../../depth.ts';
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

/** New FIFOs. */
function fifos<N extends string>(...names: readonly N[]): Record<N, string> {
  const made = names.map((name) => [name, join(subject.folder, `${name}-${Math.random()}`)] as const);
  execFileSync(
    'mkfifo',
    made.map(([, path]) => path),
  );
  return Object.fromEntries(made) as Record<N, string>;
}

/** Everything that comes out of a FIFO until its last writer has closed it. */
const wholeOf = (fifo: string): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile('cat', [fifo], { maxBuffer: 2 ** 26 }, (error, out) => (error ? reject(error) : resolve(out)));
  });

/** What can be read of a FIFO now. */
function textIn(end: number): string {
  const chunk = Buffer.alloc(2 ** 20);
  let text = '';
  try {
    for (let bytes = readSync(end, chunk); bytes > 0; bytes = readSync(end, chunk))
      text += chunk.toString('latin1', 0, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return text;
}

const closeIo = (execId: string): Promise<unknown> =>
  subject.call('CloseIO', task.CloseIORequestSchema, task.EmptySchema, { id: 'c1', execId, stdin: true });

const readNow = constants.O_RDONLY | constants.O_NONBLOCK;

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe('standard input', () => {
  it('outlives its clients, and ends with CloseIO and the last of them', async () => {
    const { stdin, stdout } = fifos('stdin', 'stdout');
    const out = openSync(stdout, readNow);
    await subject.exec('c1', 'cat', ['/bin/cat'], { stdin, stdout });
    await subject.startProcess('c1', 'cat');
    let text = '';
    const comes = (line: string): Promise<unknown> =>
      until(`the line ${line}`, () => {
        text += textIn(out);
        return text.endsWith(line);
      });
    for (const line of ['one\n', 'two\n']) {
      const client = openSync(stdin, 'w');
      writeSync(client, line);
      closeSync(client);
      await comes(line);
    }
    expect((await subject.state('c1', 'cat')).status).toBe(2);
    const last = openSync(stdin, 'w');
    await closeIo('cat');
    writeSync(last, 'three\n');
    await comes('three\n');
    expect((await subject.state('c1', 'cat')).status).toBe(2);
    closeSync(last);
    expect((await subject.wait('c1', 'cat')).exitStatus).toBe(0);
    expect(text).toBe('one\ntwo\nthree\n');
    closeSync(out);
    await subject.delete('c1', 'cat');
  });

  it('is closed at once by a CloseIO before its Start', async () => {
    const { stdin } = fifos('stdin');
    await subject.exec('c1', 'early', ['/bin/cat'], { stdin });
    await subject.startProcess('c1', 'early');
    await closeIo('early');
    expect((await subject.wait('c1', 'early')).exitStatus).toBe(0);
    await subject.delete('c1', 'early');
  });

  it('and output pass on 20 MiB whole', async () => {
    const { stdin, stdout } = fifos('stdin', 'stdout');
    const sum = createHash('sha256');
    const read = new Promise<void>((resolve) =>
      createReadStream(stdout)
        .on('data', (chunk) => sum.update(chunk))
        .on('end', resolve),
    );
    await subject.exec('c1', 'mirror', ['/bin/cat'], { stdin, stdout });
    await subject.startProcess('c1', 'mirror');
    const source = 'yes 0123456789abcdef | head -c 20971520';
    const fed = await promisify(execFile)('sh', ['-c', `${source} | tee '${stdin}' | sha256sum`]);
    await closeIo('mirror');
    await subject.wait('c1', 'mirror');
    await subject.delete('c1', 'mirror');
    await read;
    expect(sum.digest('hex')).toBe(fed.stdout.split(' ')[0]);
  });
});

describe('an output', () => {
  it('ends at Delete although a process in the background holds it', async () => {
    const { stdout, stderr } = fifos('stdout', 'stderr');
    const whole = [wholeOf(stdout), wholeOf(stderr)];
    await subject.exec('c1', 'parent', ['/bin/sh', '-c', 'sleep 1000 & echo ok; echo oops >&2'], {
      stdout,
      stderr,
    });
    await subject.startProcess('c1', 'parent');
    await subject.wait('c1', 'parent');
    await subject.delete('c1', 'parent');
    expect(await Promise.all(whole)).toEqual(['ok\n', 'oops\n']);
    expect(readdirSync('/proc').map(commandLine)).toContain('sleep\x001000\x00');
  });

  // A pipe holds 65,536, and so does a FIFO: with more, the process waits for a reader, as it does at every shim.
  for (const bytes of isDeep ? [100, 100_000] : [100_000]) {
    it(`of ${bytes} bytes is whole for a client that reads only after Delete`, async () => {
      const { stdout } = fifos('stdout');
      const client = openSync(stdout, readNow);
      const args = ['/bin/sh', '-c', `yes | head -c ${bytes - 4}; echo end`];
      await subject.exec('c1', 'late', args, { stdout });
      await subject.startProcess('c1', 'late');
      await subject.wait('c1', 'late');
      await subject.delete('c1', 'late');
      const text = textIn(client);
      closeSync(client);
      expect(text.length).toBe(bytes);
      expect(text.endsWith('end\n')).toBe(true);
    });
  }

  it('is whole for a client that opens it after the exit', async () => {
    const { stdout } = fifos('stdout');
    await subject.exec('c1', 'unread', ['/bin/sh', '-c', 'yes | head -c 90000'], { stdout });
    await subject.startProcess('c1', 'unread');
    await subject.wait('c1', 'unread');
    const whole = wholeOf(stdout);
    await subject.delete('c1', 'unread');
    expect((await whole).length).toBe(90_000);
  });

  it("has none of runc's own words", async () => {
    const { stdout, stderr } = fifos('stdout', 'stderr');
    const ends = [openSync(stdout, readNow), openSync(stderr, readNow)];
    await subject.exec('c1', 'nope', ['/bin/nope'], { stdout, stderr });
    const words = await subject.startProcess('c1', 'nope').then(String, String);
    expect(words).toContain('/bin/nope');
    await subject.delete('c1', 'nope');
    subject.configure('c2', (config) => {
      config.process.args = ['/bin/nope'];
    });
    await expect(subject.create('c2', { stdout, stderr })).rejects.toThrow('/bin/nope');
    expect(ends.map(textIn)).toEqual(['', '']);
    ends.forEach(closeSync);
  });
});

describe('all that is open for a process', () => {
  it('is closed with its Delete', async () => {
    const descriptors = (): number => readdirSync(`/proc/${subject.pid}/fd`).length;
    const before = descriptors();
    const stdio = fifos('stdin', 'stdout', 'stderr');
    await subject.exec('c1', 'held', ['/bin/sleep', '1000'], stdio);
    await subject.startProcess('c1', 'held');
    expect(descriptors()).toBeGreaterThan(before);
    await subject.kill('c1', 9, 'held');
    await subject.wait('c1', 'held');
    await subject.delete('c1', 'held');
    await until('the end of what was opened', descriptors, (count) => count === before);
  });
});
