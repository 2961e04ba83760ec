import type { Moment } from '../../conformance/shim/timeline.ts';

/** Who did what, of one thing that the tester did or saw. */
export function told(moment: Moment): { lane: string; text: string } {
  switch (moment.kind) {
    case 'call':
      return { lane: 'client', text: `calls ${moment.call}` };
    case 'reply':
      return {
        lane: 'shim',
        text: `${moment.call} ${endText(moment.error)}`,
      };
    case 'plain call':
      return { lane: 'client', text: `calls ${moment.text}` };
    case 'plain reply':
      return { lane: 'shim', text: `${moment.text} ${endText(moment.error)}` };
    case 'event':
      return { lane: 'shim', text: 'publishes' };
    case 'gate':
      return { lane: 'runtime', text: `${moment.call} ${moment.text}` };
    case 'kill':
      return { lane: 'kernel', text: `${moment.process} dies (pid ${moment.pid})` };
    case 'note':
      return { lane: 'tester', text: moment.text };
  }
}

function endText(error: string | null): string {
  return error === null ? 'is answered' : `is refused: ${error}`;
}

/**
 * The course of a check, a line for each moment, with the milliseconds since its beginning.
 *
 * @param shownMax how many lines there are at most: of a longer course the end is shown. Default: all
 */
export function stepLines(moments: readonly Moment[], shownMax: number = moments.length): string[] {
  const begin = moments[0]?.atMs ?? 0;
  const lines = moments.map((moment) => {
    const { lane, text } = told(moment);
    const event = moment.kind === 'event' ? ` ${moment.text}` : '';
    return `${`+${(moment.atMs - begin).toFixed(0)} ms`.padStart(9)}  ${lane.padEnd(7)} ${text}${event}`;
  });
  const left = lines.length - shownMax;
  return left > 0 ? [`  … ${left} steps before: --format json has them`, ...lines.slice(left)] : lines;
}
