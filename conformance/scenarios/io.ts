/** Input and output of processes, by FIFOs as containerd's clients use them. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { type Breach, breach } from '../checks/breach.ts';
import { createAndStart, exitOf, expectSuccess, openGate, type Scenario } from '../checks/scenario-steps.ts';
import { waitUntil } from '../shim/polling.ts';
import type { Subject } from '../shim/subject.ts';

const outputRule = 'all output is there when Delete returns';
const inputRule = 'input ends by CloseIO alone';
const blocks = 128;
const blockBytes = 64 * 1024;
const lateMs = 1_000;
const settledMs = 500;
const ioMaxMs = 10_000;

/** Makes a FIFO in the tester's folder. */
function makeFifo(subject: Subject, name: string): string {
  const path = join(subject.folder, name);
  execFileSync('mkfifo', [path]);
  return path;
}

/** The client's end of an output. It holds the FIFO open from the beginning, and reads from when it is told to. */
class Reader {
  /** What it has read. */
  text = '';
  bytes = 0;
  isEnded = false;
  readonly #socket: Socket;

  constructor(path: string) {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.pause();
    this.#socket.on('end', () => {
      this.isEnded = true;
    });
  }

  read(): void {
    this.#socket.on('data', (chunk) => {
      this.bytes += chunk.length;
      if (this.text.length < blockBytes) this.text += chunk.toString();
    });
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Both outputs of a process. A shim waits for a reader of each. */
class Outputs {
  readonly stdio: { readonly stdout: string; readonly stderr: string };
  readonly stdout: Reader;
  readonly #stderr: Reader;

  constructor(subject: Subject) {
    this.stdio = { stdout: makeFifo(subject, 'out'), stderr: makeFifo(subject, 'err') };
    this.stdout = new Reader(this.stdio.stdout);
    this.#stderr = new Reader(this.stdio.stderr);
    this.#stderr.read();
  }

  close(): void {
    this.stdout.close();
    this.#stderr.close();
  }
}

/** A client that writes, and goes. */
function writeOnce(path: string, text: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  writeSync(fd, text);
  closeSync(fd);
}

export const ioScenarios: readonly Scenario[] = [
  {
    name: '8 MiB of output, to a reader that comes late',
    rules: [outputRule],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        const outputs = new Outputs(subject);
        const reader = outputs.stdout;
        try {
          const dd = ['/bin/dd', 'if=/dev/zero', `bs=${blockBytes}`, `count=${blocks}`];
          await subject.exec('c1', 'e1', dd, outputs.stdio);
          await subject.startProcess('c1', 'e1');
          await new Promise((resolve) => setTimeout(resolve, lateMs));
          reader.read();
          await exitOf(subject, 'e1', ioMaxMs);
          await subject.delete('c1', 'e1');
          // What the shim has written is in the FIFO: reading it takes a moment.
          await waitUntil(() => reader.isEnded || reader.bytes >= blocks * blockBytes, settledMs);
          const expected = blocks * blockBytes;
          if (reader.bytes === expected) return [];
          const what = `${reader.bytes} of ${expected} bytes had come when Delete of e1 had returned`;
          return [breach(outputRule, 'c1/e1', what)];
        } finally {
          outputs.close();
        }
      });
    },
  },
  {
    name: 'input goes on when its client has gone',
    rules: [inputRule],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        const stdin = makeFifo(subject, 'in');
        const outputs = new Outputs(subject);
        const reader = outputs.stdout;
        reader.read();
        try {
          // It is opened for both, as by a client that waits for nobody.
          const first = openSync(stdin, constants.O_RDWR | constants.O_NONBLOCK);
          await subject.exec('c1', 'e1', ['/bin/cat'], { stdin, ...outputs.stdio });
          await subject.startProcess('c1', 'e1');
          writeSync(first, 'one\n');
          const hasCome = await waitUntil(() => reader.text.includes('one'), ioMaxMs);
          closeSync(first);
          if (!hasCome)
            return [breach(inputRule, 'c1/e1', 'what the client wrote did not come back from cat')];
          return await goOn(subject, stdin, reader);
        } finally {
          outputs.close();
        }
      });
    },
  },
  {
    name: 'an exec ends, and leaves a child that holds its output',
    rules: ['no exit is lost', 'every Wait returns', 'every call is answered'],
    drive: async (conductor) => {
      const subject = await openGate(conductor);
      return expectSuccess(async () => {
        await createAndStart(subject);
        const outputs = new Outputs(subject);
        outputs.stdout.read();
        try {
          const leaveChild = ['/bin/sh', '-c', 'sleep 3600 & exit 5'];
          await subject.exec('c1', 'e1', leaveChild, outputs.stdio);
          const waiting = subject.wait('c1', 'e1');
          await subject.startProcess('c1', 'e1');
          await exitOf(subject, 'e1');
          await waiting;
          await subject.delete('c1', 'e1');
          return [];
        } finally {
          outputs.close();
        }
      });
    },
  },
];

/** The first client has gone. Another writes, and CloseIO ends the process. */
async function goOn(subject: Subject, stdin: string, reader: Reader): Promise<readonly Breach[]> {
  const hasExited = (): boolean =>
    subject.events.seen.some(({ topic, exec }) => topic === '/tasks/exit' && exec === 'e1');
  if (await waitUntil(hasExited, settledMs))
    return [breach(inputRule, 'c1/e1', 'the process ended when the client that wrote to it had gone')];
  writeOnce(stdin, 'two\n');
  if (!(await waitUntil(() => reader.text.includes('two'), ioMaxMs)))
    return [breach(inputRule, 'c1/e1', 'what a second client wrote did not come to the process')];
  const { CloseIORequestSchema, EmptySchema } = task;
  await subject.call('CloseIO', CloseIORequestSchema, EmptySchema, { id: 'c1', execId: 'e1', stdin: true });
  await exitOf(subject, 'e1');
  return [];
}
