import type { Progress } from '../../checker/index.ts';
import { count } from '../../render/table.ts';

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
      shown = true;
      if (progress.nodes === undefined) stream.write(statesLine(stream.isTTY, progress, before));
      else stream.write(nodesLine(stream.isTTY, progress.nodes, progress));
      before = progress;
    },
    end: () => {
      if (shown && stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}

function statesLine(isTTY: boolean, progress: Progress, before: Progress | undefined): string {
  const ms = progress.elapsedMs - (before?.elapsedMs ?? 0);
  const statesPerSecond = Math.round(((progress.states - (before?.states ?? 0)) / ms) * 1000);
  const known = 1 - progress.states / Math.max(progress.transitions, 1);
  return isTTY
    ? `\r\x1b[K${count(progress.states)} states, ${count(statesPerSecond)}/s, queue ${count(progress.queue)}, depth ${progress.depth}, ${(100 * known).toFixed(0)}% known, ${memoryText(progress)}`
    : `${JSON.stringify({ progress: { ...progress, statesPerSecond, duplicateRate: known } })}\n`;
}

/** For an engine that does not know the number of states before the end. */
function nodesLine(isTTY: boolean, nodes: number, progress: Progress): string {
  const { elapsedMs, bytes } = progress;
  return isTTY
    ? `\r\x1b[K${count(nodes)} nodes of decision diagrams, ${memoryText(progress)}`
    : `${JSON.stringify({ progress: { nodes, bytes, elapsedMs } })}\n`;
}

function memoryText({ bytes }: Progress): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
