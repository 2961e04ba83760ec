import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { onTestFinished } from 'vitest';
import { needDebian } from '../../debian.ts';
import { until } from '../../until.ts';
import { main } from '../shim-spec.ts';

/** A command line that runs on a pseudo terminal. */
export interface OnTerminal {
  /** Everything that it wrote so far, to standard output and standard error, without colours. */
  readonly text: () => string;
  /** What the user types; `\x03` is Ctrl-C. */
  readonly type: (keys: string) => void;
  /** Waits for the end. @returns the exit code, as a shell has it */
  readonly ended: () => Promise<number>;
}

/** Runs the built command line on a pseudo terminal of its own. */
export function onTerminal(...args: string[]): OnTerminal {
  needDebian(['script'], ['bsdutils']);
  const command = ['exec', process.execPath, main, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', command.replace("'exec'", 'exec'), '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  let text = '';
  child.stdout.on('data', (piece: Buffer) => {
    text += stripVTControlCharacters(piece.toString());
  });
  let code: number | null = null;
  child.on('exit', (status) => {
    code = status ?? -1;
  });
  return {
    text: () => text,
    type: (keys) => void child.stdin.write(keys),
    ended: async () =>
      (await until(
        `the end of ${args.join(' ')}`,
        () => code,
        (seen) => seen !== null,
        60_000,
      )) ?? -1,
  };
}

/** The seconds that the lines of status have shown. */
export function secondsShown(text: string): number[] {
  const lines = text.split(/[\r\n]/).map((line) => /, (\d+) s$/.exec(line)?.[1]);
  return [...new Set(lines.filter((seconds) => seconds !== undefined).map(Number))];
}
