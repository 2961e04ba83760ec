/**
 * A gate around the OCI runtime: `gate.sh` runs the real one, and holds a call before its work and after it, until the
 * tester lets it go. The tester tells a shim to use it as its runtime (`binary_name`).
 *
 * Both speak through files in one folder:
 *
 * | file | who makes it | meaning |
 * | --- | --- | --- |
 * | `runtime` | tester | names the real runtime |
 * | `open` | tester | hold nobody but the calls that `hold-CALL` names |
 * | `hold-CALL` | tester | hold this call, of any verb |
 * | `CALL.STAGE`, a FIFO | gate | it reads a {@link Word} here |
 * | `CALL.STAGE.here` | gate | the call waits at that FIFO |
 * | `CALL.pid` | gate | the pid that the runtime reported |
 * | `CALL.done`, `CALL.failed` | gate | how the runtime ended |
 * | `nameless` | gate | an exec came without its mark |
 *
 * CALL is the verb and the ids: `create-c1`, `exec-c1-e1`. STAGE is `before` or `after`.
 */
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CallId, isInit, methodOf, targetOf } from '../../spec/index.ts';
import { waitUntil } from './polling.ts';

/** Before or after the runtime does its work. */
export type Stage = 'before' | 'after';

/** Go on, end with an error, or leave the shim without its pid file: then it is the shim that fails, and the work is done. */
export type Word = 'go' | 'fail' | 'lose';

/** The variable in an exec's environment that holds its id: the runtime's command line does not have it. */
export const execMark = 'SHIM_SPEC_EXEC';

/** The gate's own end, a shell script. */
export const gateScript: string = fileURLToPath(new URL('./gate.sh', import.meta.url));
const pollMs = 4;
const releaseMaxMs = 1_000;

/** The tester's end of the gate. */
export class Gate {
  /** The program that a shim is to use as its OCI runtime. */
  readonly program: string;
  /** Whether any call has come to the gate. */
  wasReached = false;
  readonly #folder: string;

  /**
   * @param folder a folder that it may write to
   * @param runtime the real OCI runtime: a name on PATH, or a path
   */
  constructor(folder: string, runtime: string) {
    this.#folder = join(folder, 'gate');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.#folder, 'runtime'), `${runtime}\n`);
    this.program = join(folder, 'gated-runtime');
    copyFileSync(gateScript, this.program);
    chmodSync(this.program, 0o700);
  }

  /** Whether a call waits at the gate. */
  isHeld(call: string, stage: Stage): boolean {
    const isHere = existsSync(join(this.#folder, `${call}.${stage}.here`));
    this.wasReached ||= isHere;
    return isHere;
  }

  /** The pid that the runtime has reported for a call; 0 where it has not. */
  pidOf(call: string): number {
    try {
      return Number(readFileSync(join(this.#folder, `${call}.pid`), 'utf8'));
    } catch {
      return 0;
    }
  }

  /** Whether the runtime has done its work for a call. */
  hasSucceeded(call: string): boolean {
    return existsSync(join(this.#folder, `${call}.done`));
  }

  /** Whether the runtime has failed by itself in a call. */
  hasFailed(call: string): boolean {
    return existsSync(join(this.#folder, `${call}.failed`));
  }

  /** Whether an exec came without its mark, so that the gate cannot tell which one it is. */
  get hasNameless(): boolean {
    return existsSync(join(this.#folder, 'nameless'));
  }

  /** Waits until a call waits at the gate. @returns whether it came in time */
  arrival(call: string, stage: Stage, timeoutMs: number): Promise<boolean> {
    return waitUntil(() => this.isHeld(call, stage), timeoutMs, pollMs);
  }

  /** Tells a call that waits at the gate how it goes on. */
  async release(call: string, stage: Stage, word: Word = 'go'): Promise<void> {
    const fifo = join(this.#folder, `${call}.${stage}`);
    // Between making `.here` and opening the FIFO the gate does not read yet; or it was killed.
    await waitUntil(() => !this.isHeld(call, stage) || tryWrite(fifo, `${word}\n`), releaseMaxMs, pollMs);
  }

  /** Holds one call from now on, of any verb, although others pass: `kill-c1`. */
  hold(call: string): void {
    writeFileSync(join(this.#folder, `hold-${call}`), '');
  }

  /** Lets every call pass from now on, those that wait included. */
  async open(): Promise<void> {
    writeFileSync(join(this.#folder, 'open'), '');
    const files = readdirSync(this.#folder);
    for (const file of files) if (file.startsWith('hold-')) rmSync(join(this.#folder, file));
    for (const file of files) {
      const [, call, stage] = /^(.*)\.(before|after)\.here$/.exec(file) ?? [];
      if (call !== undefined) await this.release(call, stage as Stage);
    }
  }

  /** Holds calls again. */
  close(): void {
    rmSync(join(this.#folder, 'open'), { force: true });
  }
}

/** How the gate names the runtime's part of a call. */
export function gateKeyOf(call: CallId): string {
  const process = targetOf(call);
  if (methodOf(call) === 'start' && !isInit(process)) return `exec-${process.replace('/', '-')}`;
  return `${methodOf(call)}-${process}`;
}

/** @returns whether somebody was reading */
function tryWrite(fifo: string, text: string): boolean {
  try {
    const fd = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      writeSync(fd, text);
    } finally {
      closeSync(fd);
    }
    return true;
  } catch {
    return false;
  }
}
