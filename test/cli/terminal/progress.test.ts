import { describe, expect, it } from 'vitest';
import { progressLines } from '../../../cli/formats/progress.ts';
import { until } from '../../until.ts';
import { shimSpec } from '../shim-spec.ts';
import { onTerminal } from './terminal.ts';

const second = { states: 1_000, transitions: 4_000, queue: 10, depth: 7, elapsedMs: 1_000, bytes: 2 ** 20 };

describe('progress', () => {
  it('is a line with the rate since the line before', () => {
    const lines: string[] = [];
    const show = progressLines('main', (line) => lines.push(line));
    show(second);
    show({ ...second, states: 3_000, transitions: 12_000, elapsedMs: 2_000 });
    const line = (states: string, rate: string): string =>
      `main: ${states} states, ${rate}/s, queue 10, depth 7, 75% known, 1 MiB`;
    expect(lines).toEqual([line('1,000', '1,000'), line('3,000', '2,000')]);
  });

  it('is shown on a terminal, in one line that is cleared before the result', async () => {
    const command = onTerminal('simulate', 'main', '--walks', '9999999');
    await until('a status', () => /walks.*, \d+ s\r/.test(command.text()));
    command.type('\x03');
    expect(await command.ended()).toBe(20);
    const [before, result] = command.text().split('main: ').slice(-2);
    expect(before).toContain('walks');
    expect(result).toContain('stopped by Ctrl-C or SIGTERM');
  });

  it('is not written elsewhere', () => {
    expect(shimSpec('check', '--execs', '4', '--timeout', '3', '--show', 'none').err).toBe('');
  });
});
