import type { Progress } from '../../checker/index.ts';
import { count } from './table.ts';

/**
 * Shows progress about once a second: one line that is written over on a terminal, a JSON object a line
 * elsewhere.
 */
export function progressWriter(stream: NodeJS.WriteStream): {
  show: (progress: Progress) => void;
  end: () => void;
} {
  let before: Progress | undefined;
  let shown = false;
  return {
    show: (progress) => {
      const ms = progress.elapsedMs - (before?.elapsedMs ?? 0);
      const statesPerSecond = Math.round(((progress.states - (before?.states ?? 0)) / ms) * 1000);
      const known = 1 - progress.states / Math.max(progress.transitions, 1);
      before = progress;
      shown = true;
      if (stream.isTTY && progress.nodes !== undefined) {
        const mebi = (progress.bytes / 2 ** 20).toFixed(0);
        stream.write(`\r\x1b[K${count(progress.nodes)} nodes of decision diagrams, ${mebi} MiB`);
      } else if (stream.isTTY) {
        stream.write(
          `\r\x1b[K${count(progress.states)} states, ${count(statesPerSecond)}/s, queue ${count(progress.queue)}, depth ${progress.depth}, ${(100 * known).toFixed(0)}% known, ${(progress.bytes / 2 ** 20).toFixed(0)} MiB`,
        );
      } else {
        stream.write(
          `${JSON.stringify({ progress: { ...progress, statesPerSecond, duplicateRate: known } })}\n`,
        );
      }
    },
    end: () => {
      if (shown && stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}
