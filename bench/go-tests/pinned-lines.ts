import type { Story } from '../../render/story.ts';
import { commitOf, type Revision } from '../../spec/index.ts';
import { pinnedVersion } from '../steps/build-shim.ts';

/**
 * How the lines of `service.go` moved from the commit that `main` was read at to the pinned release: the last line
 * before each move, and by how many lines those after it moved in all. A test reads both.
 */
const moves: readonly (readonly [after: number, by: number])[] = [
  [47, -1],
  [770, 7],
  [813, 6],
];

/** Where a line of a file of `main` is in the pinned release. */
export function pinnedLine(file: string, line: number): number {
  if (!file.endsWith('/service.go')) return line;
  const [, by = 0] = moves.findLast(([after]) => line > after) ?? [];
  return line + by;
}

/** The story of a trace of `main` with the lines of the pinned release, which a maintainer has at hand. */
export function atPinned(story: Story, main: Revision): Story {
  const tree = `/blob/${commitOf(main)}/`;
  const moved = (source: string): string =>
    source
      .replace(tree, `/blob/${pinnedVersion}/`)
      .replaceAll(/(?<=#L|-L)\d+/g, (line) => String(pinnedLine(source.replace(/#.*/, ''), Number(line))));
  const steps = story.steps.map((step) => ({ ...step, source: step.source && moved(step.source) }));
  return { ...story, steps };
}
