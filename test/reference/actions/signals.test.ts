import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Subject } from '../../../conformance/shim/subject.ts';
import { nodeFlags } from '../../../reference/startup/node-flags.ts';
import { until } from '../../until.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

const rootfs = busyboxRootfs();
afterAll(() => rmSync(rootfs, { recursive: true }));

/** The TCP ports at which a process listens, as /proc has them. */
function portsOf(pid: number): string[] {
  const sockets = readdirSync(`/proc/${pid}/fd`)
    .map((fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1])
    .filter((inode) => inode !== undefined);
  const listening = ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1),
  );
  return listening.filter((line) => sockets.includes(line.trim().split(/\s+/)[9] ?? ''));
}

describe('SIGUSR1', () => {
  it('makes the serving process write its tables to the log, and open no port', async () => {
    const subject = new Subject(shim, rootfs);
    try {
      await subject.start('c1');
      await subject.create('c1');
      const { pid } = await subject.startProcess('c1');
      await subject.exec('c1', 'e1', ['/bin/true']);
      const waiting = subject.wait('c1').catch(() => undefined);
      process.kill(subject.pid, 'SIGUSR1');
      await until('the end of the dump', () => subject.log.includes('=== END dump ==='));
      for (const words of [
        `=== BEGIN dump of pid ${subject.pid}, Node ${process.version} ===`,
        `container c1: bundle ${subject.bundle('c1')}`,
        `process c1: running, pid ${pid}`,
        'process c1/e1: created, pid 0',
        'call wait c1: at p.Wait',
        'events that wait for containerd: 0',
      ])
        expect(subject.log).toContain(words);
      expect(portsOf(subject.pid)).toEqual([]);
      expect((await subject.state('c1')).status).toBe(2);
      await subject.kill('c1', 9);
      await waiting;
    } finally {
      await subject.end();
    }
  });

  it("opens no port either before the program has loaded, when the signal is still Node's", async () => {
    const saidUnder = async (flags: readonly string[]): Promise<string> => {
      const script = 'setInterval(() => undefined, 1000); console.log("up")';
      const node = spawn(process.execPath, [...flags, '-e', script]);
      let said = '';
      node.stdout.once('data', () => node.kill('SIGUSR1'));
      node.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
      try {
        return await until(
          'what Node says of its inspector',
          () => said,
          (text) => text.endsWith('\n'),
        );
      } finally {
        node.kill('SIGKILL');
      }
    };
    expect(await saidUnder(['--inspect-port=0'])).toMatch(/^Debugger listening on ws:/);
    expect(await saidUnder(nodeFlags)).toMatch(/^Starting inspector on 192\.0\.2\.1:1024 failed/);
  });
});
