import { closeSync, constants, openSync, writeSync } from 'node:fs';

/** How much a line matters, in containerd's numbers: a log has a level, and keeps what is at least that. */
export const levels = { debug: -4, info: 0, warning: 4, error: 8 } as const;

/** Writes a line to the shim's log. @param level default: `info` */
export type Log = (line: string, level?: keyof typeof levels) => void;

/**
 * Writes lines to containerd's log, a FIFO that it opened. Where that is full or missing, lines are lost; it never blocks.
 *
 * @param least lines below it are left out; any number, as containerd's levels are
 */
export function logTo(fifo: string, least: number): Log {
  let fd: number | null = null;
  return (line, level = 'info') => {
    if (levels[level] < least) return;
    try {
      fd ??= openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(fd, `time="${new Date().toISOString()}" level=${level} msg=${JSON.stringify(line)}\n`);
    } catch {
      if (fd !== null) closeSync(fd);
      fd = null;
    }
  };
}
