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
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** Before or after the runtime does its work. */
export type Stage = 'before' | 'after';

/** What an exec's environment has, so that the gate knows whose call the runtime's is. */
export const execMark = 'SHIM_SPEC_EXEC';

const pollMs = 4;
const releaseMaxMs = 1_000;

function script(folder: string, runtime: string): string {
  return `#!/bin/sh
verb= pidfile= spec= last= skip=
for word in "$@"; do
  case $skip in
    pid) pidfile=$word; skip=; continue ;;
    spec) spec=$word; skip=; continue ;;
    value) skip=; continue ;;
  esac
  case $word in
    --pid-file) skip=pid ;;
    --pid-file=*) pidfile=\${word#*=} ;;
    --process | -p) skip=spec ;;
    --process=*) spec=\${word#*=} ;;
    --root | --log | --log-format | --console-socket | --bundle | -b | --rootless | --criu) skip=value ;;
    -*) ;;
    *) [ -n "$verb" ] || verb=$word; last=$word ;;
  esac
done
case $verb in
  create | start | delete) call=$verb-$last ;;
  exec)
    id=$(sed -n 's/.*${execMark}=\\([A-Za-z0-9._-]*\\).*/\\1/p' "$spec")
    [ -n "$id" ] || : > '${folder}/nameless'
    call=exec-$last-$id ;;
  *) exec '${runtime}' "$@" ;;
esac
hold() {
  [ -e '${folder}/open' ] && return 0
  mkfifo "${folder}/$call.$1" && : > "${folder}/$call.$1.here"
  # Opened meanwhile, the gate may not have seen this call.
  [ -e '${folder}/open' ] && rm -f "${folder}/$call.$1" "${folder}/$call.$1.here" && return 0
  read -r word < "${folder}/$call.$1"
  rm -f "${folder}/$call.$1" "${folder}/$call.$1.here"
  [ "$word" != fail ]
}
hold before || { echo 'the gate fails this call' >&2; exit 1; }
[ "$verb" = delete ] && exec '${runtime}' "$@"
'${runtime}' "$@"
status=$?
[ $status = 0 ] && : > "${folder}/$call.made"
[ -s "$pidfile" ] && cp "$pidfile" "${folder}/$call.pid"
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

  /** The pid that the runtime has reported for a call; 0 where it has not. */
  pidOf(call: string): number {
    try {
      return Number(readFileSync(join(this.#folder, `${call}.pid`), 'utf8'));
    } catch {
      return 0;
    }
  }

  /** Whether the runtime has done its work for a call. */
  hasMade(call: string): boolean {
    return existsSync(join(this.#folder, `${call}.made`));
  }

  /** Whether an exec came of which the gate could not tell which it is. */
  get hasNameless(): boolean {
    return existsSync(join(this.#folder, 'nameless'));
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
