import { describe, expect, it } from 'vitest';
import { progressWriter } from '../../cli/formats/progress.ts';
import { shimSpec } from './shim-spec.ts';

const second = { states: 1_000, transitions: 4_000, queue: 10, depth: 7, elapsedMs: 1_000, bytes: 2 ** 20 };

function written(isTTY: boolean): string {
  const texts: string[] = [];
  const progress = progressWriter({ isTTY, write: (text) => texts.push(text) });
  progress.show(second);
  progress.show({ ...second, states: 3_000, transitions: 12_000, elapsedMs: 2_000 });
  progress.end();
  return texts.join('');
}

describe('progress', () => {
  it('is one line on a terminal, which is written over and cleared at the end', () => {
    const clear = '\r\x1b[K';
    const line = (states: string, rate: string): string =>
      `${clear}${states} states, ${rate}/s, queue 10, depth 7, 75% known, 1 MiB`;
    expect(written(true)).toBe(`${line('1,000', '1,000')}${line('3,000', '2,000')}${clear}`);
  });

  it('is not written elsewhere', () => {
    expect(written(false)).toBe('');
    expect(shimSpec('check', '--execs', '4', '--timeout', '3', '--show', 'none').err).toBe('');
  });
});
