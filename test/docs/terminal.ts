import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { until } from '../until.ts';

/** A block that takes longer hangs. */
const blockMaxMs = 150_000;

/** What a command printed, on both streams, and how it ended. */
export interface Shown {
  readonly code: number;
  readonly text: string;
}

/** A shell that is given one block of commands after another, as a reader pastes them. */
export class Terminal {
  readonly #shell: ChildProcess;
  #text = '';
  #blocks = 0;
  #isBusy = false;

  /** @param command the shell, or what leads to one */
  constructor(cwd: string, [file, ...args]: readonly [string, ...string[]] = ['bash']) {
    this.#shell = spawn(file, args, { cwd, detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#shell.stdout?.on('data', (bytes: Buffer) => {
      this.#text += bytes.toString();
    });
    // A shell that ends early shows in the block that does not.
    this.#shell.stdin?.on('error', () => undefined);
    this.#send('exec 2>&1; set -m');
  }

  /** Runs a block to its end. */
  async run(block: string): Promise<Shown> {
    if (this.#isBusy) throw new Error('the block before this one has not ended');
    const mark = `--- block ${++this.#blocks} ended`;
    this.#text = '';
    this.#isBusy = true;
    this.#send(`{ ${block}\n} </dev/null; echo "${mark} $?"`);
    const code = (): string | undefined => new RegExp(`${mark} (\\d+)\\n`).exec(this.#text)?.[1];
    await until(
      mark,
      () => code() !== undefined || this.#shell.exitCode !== null,
      (has) => has,
      blockMaxMs,
    );
    this.#isBusy = false;
    return { code: Number(code()), text: this.#text.slice(0, Math.max(0, this.#text.indexOf(mark))) };
  }

  /** Runs a server until it has printed what `isShown` waits for, and ends it. */
  async serve(block: string, isShown: (text: string) => boolean): Promise<void> {
    this.#text = '';
    this.#send(`{ ${block}\n} </dev/null &`);
    await until('the server says where it is', () => this.#text, isShown);
    await this.run('kill -- -$!; wait $! 2>/dev/null; true');
  }

  /** Ends the shell, and everything that was started in it: its session, where a block has not ended. */
  async close(): Promise<void> {
    const { pid } = this.#shell;
    if (pid === undefined || this.#shell.exitCode !== null) return;
    if (this.#isBusy) {
      spawnSync('pkill', ['-KILL', '-s', String(pid)]);
      return;
    }
    await this.run('for job in $(jobs -p); do kill -- -$job; done; true');
    this.#shell.stdin?.end();
    await until(
      'the shell has ended',
      () => this.#shell.exitCode,
      (code) => code !== null,
    );
  }

  #send(text: string): void {
    this.#shell.stdin?.write(`${text}\n`);
  }
}
