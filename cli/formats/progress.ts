import type { Progress } from '../../checker/index.ts';
import { count } from '../../render/table.ts';

/** Where progress goes: standard error, or a test's stand-in. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly write: (text: string) => unknown;
}

/** Shows progress about once a second, on a terminal: one line that is written over. Elsewhere it writes nothing. */
export function progressWriter(stream: ProgressStream): {
  show: (progress: Progress) => void;
  end: () => void;
} {
  let before: Progress | undefined;
  return {
    show: (progress) => {
      if (!stream.isTTY) return;
      const line = progress.nodes === undefined ? statesLine(progress, before) : nodesLine(progress);
      stream.write(`\r\x1b[K${line}`);
      before = progress;
    },
    end: () => {
      if (before) stream.write('\r\x1b[K');
    },
  };
}

function statesLine(progress: Progress, before: Progress | undefined): string {
  const { states, transitions, queue, depth, elapsedMs } = progress;
  const ms = elapsedMs - (before?.elapsedMs ?? 0);
  const statesPerSecond = Math.round(((states - (before?.states ?? 0)) / ms) * 1000);
  const known = 1 - states / Math.max(transitions, 1);
  return `${count(states)} states, ${count(statesPerSecond)}/s, queue ${count(queue)}, depth ${depth}, ${(100 * known).toFixed(0)}% known, ${memoryText(progress)}`;
}

/** For an engine that does not know the number of states before the end. */
function nodesLine(progress: Progress): string {
  return `${count(progress.nodes ?? 0)} nodes of decision diagrams, ${memoryText(progress)}`;
}

function memoryText({ bytes }: Progress): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
