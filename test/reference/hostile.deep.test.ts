import { execFile, execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Gate } from '../../conformance/shim/gate.ts';
import type { Subject } from '../../conformance/shim/subject.ts';
import type { StdioOf } from '../../conformance/shim/task-client.ts';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { until } from '../until.ts';
import { arrival, withGate } from './gated.ts';
import { busyboxRootfs } from './rootfs.ts';

const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

/** Runs `body` with a shim whose runtime has a gate, open at first, and a running container `c1`. */
function withRunning(body: (subject: Subject, gate: Gate) => Promise<void>): Promise<void> {
  return withGate(rootfs, async (subject, gate) => {
    await subject.start('c1');
    await subject.create('c1');
    await subject.startProcess('c1');
    await body(subject, gate);
  });
}

const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Waits until a shim holds as much as it did. */
const sameDescriptors = (subject: Subject, before: number): Promise<number> =>
  until(
    'the end of what was opened',
    () => descriptorsOf(subject.pid),
    (count) => count === before,
  );

/** Host pids of the processes of a container. */
const processesIn = (subject: Subject, id: string): number[] => {
  const root = join(subject.folder, 'runc', 'shim-spec');
  const out = execFileSync('runc', ['--root', root, 'ps', '--format', 'json', id], { encoding: 'utf8' });
  return JSON.parse(out) as number[];
};

const said = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'answered',
    (error: Error) => error.message,
  );

/** Whether a FIFO that somebody reads holds no byte more. */
function isFull(fifo: string): boolean {
  const end = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    return writeSync(end, '\0') === 0;
  } catch {
    return true;
  } finally {
    closeSync(end);
  }
}

describe('containerd-shim-spec-v2, before a hostile world', () => {
  it('answers a Delete whose runc fails, and does it when it is asked again', () =>
    withRunning(async (subject, gate) => {
      await subject.kill('c1', 9);
      await subject.wait('c1');
      gate.close();
      const deleting = said(subject.delete('c1'));
      await arrival(gate, 'delete-c1', 'before');
      await gate.release('delete-c1', 'before', 'fail');
      expect(await deleting).toMatch(/the gate fails this call/);
      await gate.open();
      expect((await subject.delete('c1')).exitStatus).toBe(137);
    }));

  it('ends a process that the runtime made and then failed for', () =>
    withRunning(async (subject, gate) => {
      await subject.exec('c1', 'e1', ['/bin/sleep', '3600']);
      gate.close();
      const starting = said(subject.startProcess('c1', 'e1'));
      await arrival(gate, 'exec-c1-e1', 'before');
      await gate.release('exec-c1-e1', 'before');
      await arrival(gate, 'exec-c1-e1', 'after');
      expect(processesIn(subject, 'c1')).toHaveLength(2);
      await gate.release('exec-c1-e1', 'after', 'fail');
      expect(await starting).toMatch(/^OCI runtime exec failed: exec: exit status 1/);
      await until(
        'the end of the process',
        () => processesIn(subject, 'c1'),
        (pids) => pids.length === 1,
      );
    }));

  it('ends an init that the runtime made and then failed for', () =>
    withRunning(async (subject, gate) => {
      gate.close();
      const creating = said(subject.create('c2'));
      await arrival(gate, 'create-c2', 'before');
      await gate.release('create-c2', 'before');
      await arrival(gate, 'create-c2', 'after');
      const pid = readFileSync(join(subject.bundle('c2'), 'init.pid'), 'utf8');
      expect(existsSync(`/proc/${pid}`)).toBe(true);
      await gate.release('create-c2', 'after', 'fail');
      expect(await creating).toMatch(/^OCI runtime create failed: /);
      await until('the end of the init', () => !existsSync(`/proc/${pid}`));
    }));

  it('starts nothing where a terminal cannot be had, and holds nothing', () =>
    withRunning(async (subject) => {
      const before = descriptorsOf(subject.pid);
      const file = join(subject.folder, 'no-fifo');
      writeFileSync(file, '');
      const bad: StdioOf[] = [{ stdout: join(subject.folder, 'nowhere') }, { stdin: file }, { stdout: file }];
      for (const [i, ends] of bad.entries()) {
        await subject.exec('c1', `e${i}`, ['/bin/sleep', '3600'], { ...ends, terminal: true });
        expect(await said(subject.startProcess('c1', `e${i}`))).toMatch(/^failed to open stdio /);
      }
      expect(processesIn(subject, 'c1')).toHaveLength(1);
      await sameDescriptors(subject, before);
    }));

  it("does not read a terminal's output itself", () =>
    withRunning(async (subject) => {
      const stdout = join(subject.folder, 'slow');
      execFileSync('mkfifo', [stdout]);
      // The client opens its end, and reads only when the process has ended.
      const reader = openSync(stdout, constants.O_RDWR | constants.O_NONBLOCK);
      for (let i = 0; i < 20; i++) {
        await subject.exec('c1', `e${i}`, ['/bin/echo', `line ${i}`], { stdout, terminal: true });
        await subject.startProcess('c1', `e${i}`);
        await subject.wait('c1', `e${i}`);
        await subject.delete('c1', `e${i}`);
      }
      const read = Buffer.alloc(4096);
      const text = read.subarray(0, readSync(reader, read)).toString();
      closeSync(reader);
      expect(text).toBe(Array.from({ length: 20 }, (_, i) => `line ${i}\r\n`).join(''));
    }));

  // A terminal gives 4 KB at a time, a FIFO holds 64.
  for (const size of [5_000, 20_000, 70_000]) {
    it(`passes on ${size} bytes that a process wrote to its terminal before it ended`, () =>
      withRunning(async (subject) => {
        const stdout = join(subject.folder, 'late');
        execFileSync('mkfifo', [stdout]);
        const reader = openSync(stdout, constants.O_RDONLY | constants.O_NONBLOCK);
        const args = ['/bin/dd', 'if=/dev/zero', 'bs=1000', `count=${size / 1_000}`, 'status=none'];
        await subject.exec('c1', 'e1', args, { stdout, terminal: true });
        await subject.startProcess('c1', 'e1');
        await subject.wait('c1', 'e1');
        const chunk = Buffer.alloc(size);
        let bytes = 0;
        await until(
          'the whole output',
          () => {
            try {
              bytes += readSync(reader, chunk);
            } catch (error) {
              if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
            }
            return bytes;
          },
          (read) => read >= size,
        );
        closeSync(reader);
        expect(bytes).toBe(size);
      }));
  }

  it('closes a terminal that nobody has read, with its Delete', () =>
    withRunning(async (subject) => {
      const before = descriptorsOf(subject.pid);
      const stdout = join(subject.folder, 'unread');
      execFileSync('mkfifo', [stdout]);
      await subject.exec('c1', 'e1', ['/bin/dd', 'if=/dev/zero', 'bs=1M', 'count=1'], {
        stdout,
        terminal: true,
      });
      await subject.startProcess('c1', 'e1');
      await subject.kill('c1', 9, 'e1');
      await subject.wait('c1', 'e1');
      await subject.delete('c1', 'e1');
      await sameDescriptors(subject, before);
    }));

  it('goes on beside a terminal whose process does not read, and passes on what is typed when it does', () =>
    withRunning(async (subject) => {
      const before = descriptorsOf(subject.pid);
      const [stdin, stdout] = [join(subject.folder, 'keys'), join(subject.folder, 'screen')];
      execFileSync('mkfifo', [stdin, stdout]);
      const screen = openSync(stdout, constants.O_RDWR | constants.O_NONBLOCK);
      const read = 'kill -STOP $$; exec dd iflag=fullblock bs=1000 count=300 of=/dev/null';
      const args = ['/bin/sh', '-c', `stty raw -echo; ${read}`];
      await subject.exec('c1', 'e1', args, { stdin, stdout, terminal: true });
      const { pid } = await subject.startProcess('c1', 'e1');
      await until(
        'its stop',
        () => readFileSync(`/proc/${pid}/stat`, 'utf8'),
        (stat) => / T /.test(stat),
      );
      const typing = execFile('sh', ['-c', `head -c 300000 /dev/zero > '${stdin}'`]);
      // More than the terminal, the shim and the FIFO hold.
      let answers = 0;
      await until(
        'twenty answers beside a FIFO that stays full',
        async () => {
          expect((await subject.state('c1', 'e1')).status).toBe(2);
          answers = isFull(stdin) ? answers + 1 : 0;
          return answers;
        },
        (count) => count === 20,
      );
      expect(typing.exitCode).toBeNull();
      await subject.kill('c1', 18, 'e1');
      expect((await subject.wait('c1', 'e1')).exitStatus).toBe(0);
      await subject.delete('c1', 'e1');
      const shown = Buffer.alloc(4096);
      expect(shown.subarray(0, readSync(screen, shown)).toString()).toContain('300+0 records in');
      closeSync(screen);
      await sameDescriptors(subject, before);
    }));

  it('takes no FIFO by another name', () =>
    withRunning(async (subject) => {
      const before = descriptorsOf(subject.pid);
      const fifo = join(subject.folder, 'fifo');
      const link = join(subject.folder, 'link');
      execFileSync('mkfifo', [fifo]);
      symlinkSync(fifo, link);
      await subject.exec('c1', 'e1', ['/bin/true'], { stdin: link });
      await subject.startProcess('c1', 'e1');
      await subject.wait('c1', 'e1');
      await subject.delete('c1', 'e1');
      await subject.exec('c1', 'e2', ['/bin/true'], { stdout: `file://${fifo}` });
      expect(await said(subject.startProcess('c1', 'e2'))).toMatch(/it is no file|ENXIO/);
      await sameDescriptors(subject, before);
    }));

  it('reads and writes nothing in a bundle that would hold it up, or that is elsewhere', () =>
    withRunning(async (subject) => {
      const makers: Record<string, (file: string) => void> = {
        'it is no file': (file) => void execFileSync('mkfifo', [file]),
        'it is no file (a device)': (file) => symlinkSync('/dev/zero', file),
        'it is too large (got 17179869184 bytes, allowed 16777216)': (file) => {
          writeFileSync(file, '');
          truncateSync(file, 2 ** 34);
        },
      };
      for (const [i, [why, make]] of Object.entries(makers).entries()) {
        const config = join(subject.bundle(`b${i}`), 'config.json');
        rmSync(config);
        make(config);
        expect(await said(subject.create(`b${i}`))).toContain(`${config}: ${why.replace(' (a device)', '')}`);
      }
      const precious = join(subject.folder, 'precious');
      writeFileSync(precious, 'precious');
      const bundle = subject.bundle('c2');
      for (const name of ['init.pid', 'e1.exec.pid', 'e1.process.json'])
        symlinkSync(precious, join(bundle, name));
      execFileSync('mkfifo', [join(bundle, 'shim-options.json')]);
      await subject.create('c2');
      await subject.startProcess('c2');
      for (const id of ['e1', 'init']) {
        await subject.exec('c2', id, ['/bin/true']);
        await subject.startProcess('c2', id);
        await subject.wait('c2', id);
      }
      expect(readFileSync(precious, 'utf8')).toBe('precious');
      const { pid } = await subject.state('c2');
      expect(readFileSync(join(bundle, 'init.pid'), 'utf8')).toBe(String(pid));
    }));

  it('takes a container id with a slash for no exec', () =>
    withRunning(async (subject) => {
      await subject.exec('c1', 'e1', ['/bin/sleep', '3600']);
      expect(await said(subject.startProcess('c1/e1'))).toMatch(/not found$/);
      await subject.startProcess('c1', 'e1');
      expect(await said(subject.kill('c1/e1', 9))).toMatch(/not found$/);
      expect((await subject.state('c1', 'e1')).status).toBe(2);
    }));

  it('refuses at once what would take seconds to decode', () =>
    withRunning(async (subject) => {
      const deep = `{"args": ${'['.repeat(2_000_000)}${']'.repeat(2_000_000)}, "cwd": "["}`;
      const spec = { typeUrl: 'a', value: Buffer.from(deep) };
      const exec = { id: 'c1', execId: 'e1', terminal: true, spec };
      const rootfs = Array.from({ length: 10_001 }, () => ({}));
      const create = { id: 'c2', bundle: subject.bundle('c2'), rootfs };
      const metadata = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [String(i), '']));
      const { ExecProcessRequestSchema, CreateTaskRequestSchema, EmptySchema } = task;
      expect(await said(subject.call('Exec', ExecProcessRequestSchema, EmptySchema, exec))).toBe(
        "the exec's process is no JSON: it is nested too deep (allowed 10000)",
      );
      expect(await said(subject.call('Create', CreateTaskRequestSchema, EmptySchema, create))).toMatch(
        /^the request's containerd.task.v2.CreateTaskRequest has too many fields \(got more than 10000/,
      );
      const call = subject.client.call(subject.service, 'State', Buffer.alloc(0), { metadata });
      expect(await said(call)).toMatch(/^the request's ttrpc.Request has too many fields/);
      const relative = { id: 'c2', bundle: '.' };
      expect(await said(subject.call('Create', CreateTaskRequestSchema, EmptySchema, relative))).toBe(
        'the bundle is no absolute path (got ".")',
      );
      writeFileSync(join(subject.bundle('c2'), 'config.json'), deep);
      expect(await said(subject.create('c2'))).toMatch(/config.json: it is nested too deep/);
      expect((await subject.state('c1')).status).toBe(2);
    }));

  it('goes on beside logging programs that are never ready, and ends them', () =>
    withRunning(async (subject) => {
      const before = descriptorsOf(subject.pid);
      const program = join(subject.folder, 'logger');
      writeFileSync(program, '#!/bin/sh\necho $$ >> "$0".pids\nexec sleep 3600\n', { mode: 0o700 });
      const starts = [1, 2, 3, 4, 5, 6].map(async (i) => {
        await subject.exec('c1', `e${i}`, ['/bin/true'], { stdout: `binary://${program}` });
        return said(subject.startProcess('c1', `e${i}`));
      });
      await subject.exec('c1', 'other', ['/bin/true']);
      await subject.startProcess('c1', 'other');
      expect((await subject.wait('c1', 'other')).exitStatus).toBe(0);
      await subject.delete('c1', 'other');
      for (const start of starts) expect(await start).toMatch(/it was not ready within 10000 ms/);
      const pids = readFileSync(`${program}.pids`, 'utf8').trim().split('\n');
      expect(pids).toHaveLength(6);
      await until(
        'their end',
        () => pids.filter((pid) => readdirSync('/proc').includes(pid)),
        (left) => left.length === 0,
      );
      await subject.exec('c1', 'bad', ['/bin/true'], { stdout: 'binary:///bin/%E0%A4%A' });
      expect(await said(subject.startProcess('c1', 'bad'))).toMatch(/^failed to start the logging program/);
      await sameDescriptors(subject, before);
    }));
});
