/** What no list of states holds: SPIN with COLLAPSE would have 0.2 bytes for each of them in 16 GiB. */
import type { Measured } from '../peers.ts';
import { alone, measure, paired, type Row, seconds } from './row.ts';

const bound = '2 containers × 2 execs';

const search = (list: string, ...more: readonly string[]): Measured =>
  measure('symbolic', 'main', 2, '--containers', '2', '--with', list, ...more);

function searched(list: string, atMost: number): Row[] {
  const measured = search(list);
  const { states, bytes, stoppedBy } = measured;
  const end = stoppedBy === null ? `exhaustive: ${states.toPrecision(3)} states` : `stopped by ${stoppedBy}`;
  return [
    alone(`main, ${bound} with ${list}, ${end}`, `≤ ${atMost}`, 's', [seconds(measured)]),
    alone('the same, decision diagrams', '≤ 16', 'GiB', [bytes / 1024 ** 3]),
  ];
}

export function symbolicRows(): Row[] {
  return [
    ...searched('delete', 10),
    paired(
      `shortest counterexamples ÷ any, main, ${bound} with delete`,
      '≤ 2',
      () => search('delete', '--shortest'),
      () => search('delete'),
      { unit: 's', of: seconds, pairs: 3 },
    ),
  ];
}

export const longSymbolicRows = (): Row[] => searched('delete,kill,wait,exec-on-created', 900);
