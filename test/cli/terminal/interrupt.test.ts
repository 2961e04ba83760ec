import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { until } from '../../until.ts';
import { main, shimSpec } from '../shim-spec.ts';
import { interrupted } from './interrupted.ts';
import { onTerminal } from './terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-interrupt-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Which file this is; 0 where there is none. */
const stampOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.ino ?? 0;

describe('a signal', () => {
  it('makes a search print what it has found, and leave a checkpoint to resume from', async () => {
    const file = join(folder, 'checkpoint');
    const search = ['check', 'main', '--execs', '3', '--with', 'delete,wait', '--format', 'json'];
    const saved = [...search, '--checkpoint', file, '--checkpoint-every', '0'];
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const before = stampOf(file);
      const { code, out, err } = await interrupted(signal, () => stampOf(file) !== before, ...saved);
      expect([code, err]).toEqual([20, '']);
      expect(JSON.parse(out)).toMatchObject({ interrupted: true, complete: false, stoppedBy: 'interrupt' });
      expect(stampOf(file)).toBeGreaterThan(0);
    }
    const { out } = shimSpec(...saved, '--max-states', '1');
    expect(JSON.parse(out)).toMatchObject({ interrupted: false, stoppedBy: 'states' });
    expect(JSON.parse(out).states).toBeGreaterThan(1);
  });
});

describe('Ctrl-C', () => {
  it('ends a command that reads from the terminal', async () => {
    const command = onTerminal('validate', '-');
    command.type('not an event\n');
    await until('a status', command.text, (text) => text.includes('1 lines'));
    command.type('\x03');
    expect(await command.ended()).toBe(31);
    expect(command.text()).toContain('stopped by Ctrl-C or SIGTERM');
  });
});

describe('a closed pipe', () => {
  it.each([
    ['stdout', ['graph', '--execs', '1']],
    ['stdout', ['--help']],
    ['stderr', ['check', '--execs', 'none']],
  ] as const)('on %s ends quietly: %j', async (closed, args) => {
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const open = closed === 'stdout' ? child.stderr : child.stdout;
    let text = '';
    open.on('data', (piece) => {
      text += piece;
    });
    child[closed].destroy();
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    expect([code, text]).toEqual([141, '']);
  });
});
