import type { Progress } from '../../checker/index.ts';
import { count } from '../../render/table.ts';

/** Says in a line how far a search is; the rate is that since the call before. @param show where the line goes */
export function progressLines(what: string, show: (line: string) => void): (progress: Progress) => void {
  let before: Progress | undefined;
  return (progress) => {
    const line = progress.nodes === undefined ? statesLine(progress, before) : nodesLine(progress);
    show(`${what}: ${line}`);
    before = progress;
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
