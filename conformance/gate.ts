/**
 * A gate around the OCI runtime: a program that runs the real one, and holds a call before it, and after it, until it
 * is let go. A shim is told to use it as its runtime (`binary_name`).
 *
 * It speaks through its folder. A call that comes to a gate makes a FIFO `CALL.STAGE`, then a file
 * `CALL.STAGE.here`, and reads the FIFO: `go`, or `fail` to end with an error. While there is a file `open` no call is
 * held.
 */
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** Before or after the runtime does its work. */
export type Stage = 'before' | 'after';

const pollMs = 4;
const releaseMaxMs = 1_000;

function script(folder: string, runtime: string): string {
  return `#!/bin/sh
verb= pidfile= last= skip=
for word in "$@"; do
  if [ "$skip" = pid ]; then pidfile=$word; skip=; continue; fi
  if [ -n "$skip" ]; then skip=; continue; fi
  case $word in
    --pid-file) skip=pid ;;
    --pid-file=*) pidfile=\${word#*=} ;;
    --root | --log | --log-format | --process | -p | --console-socket | --bundle | -b | --rootless | --criu) skip=value ;;
    -*) ;;
    *) [ -n "$verb" ] || verb=$word; last=$word ;;
  esac
done
case $verb in
  create | start | delete) call=$verb-$last ;;
  exec) pid=\${pidfile##*/}; call=exec-$last-\${pid%.pid} ;;
  *) exec '${runtime}' "$@" ;;
esac
hold() {
  [ -e '${folder}/open' ] && return 0
  mkfifo "${folder}/$call.$1" && : > "${folder}/$call.$1.here"
  read -r word < "${folder}/$call.$1"
  rm -f "${folder}/$call.$1" "${folder}/$call.$1.here"
  [ "$word" != fail ]
}
hold before || { echo 'the gate fails this call' >&2; exit 1; }
[ "$verb" = delete ] && exec '${runtime}' "$@"
'${runtime}' "$@"
status=$?
hold after || { echo 'the gate fails this call' >&2; exit 1; }
exit $status
`;
}

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
    this.program = join(folder, 'gated-runtime');
    writeFileSync(this.program, script(this.#folder, runtime), { mode: 0o700 });
  }

  /** Whether a call stands at the gate. */
  isHeld(call: string, stage: Stage): boolean {
    const isHere = existsSync(join(this.#folder, `${call}.${stage}.here`));
    this.wasReached ||= isHere;
    return isHere;
  }

  /** Waits until a call stands at the gate. @returns whether it came in time */
  async arrival(call: string, stage: Stage, timeoutMs: number): Promise<boolean> {
    const end = performance.now() + timeoutMs;
    while (!this.isHeld(call, stage)) {
      if (performance.now() > end) return false;
      await pause(pollMs);
    }
    return true;
  }

  /** Lets a call that stands at the gate go on, or fail. */
  async release(call: string, stage: Stage, word: 'go' | 'fail' = 'go'): Promise<void> {
    const fifo = join(this.#folder, `${call}.${stage}`);
    // Nobody reads it between the file and the open of the FIFO: a moment later somebody does, or was killed.
    const end = performance.now() + releaseMaxMs;
    while (this.isHeld(call, stage) && performance.now() < end) {
      if (tryWrite(fifo, `${word}\n`)) return;
      await pause(pollMs);
    }
  }

  /** Holds nobody any more, and lets go who is held. */
  async open(): Promise<void> {
    writeFileSync(join(this.#folder, 'open'), '');
    for (const file of readdirSync(this.#folder)) {
      const [, call, stage] = /^(.*)\.(before|after)\.here$/.exec(file) ?? [];
      if (call !== undefined) await this.release(call, stage as Stage);
    }
  }

  /** Holds calls again. */
  close(): void {
    rmSync(join(this.#folder, 'open'), { force: true });
  }
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

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
