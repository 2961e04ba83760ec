import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ours } from '../../conformance/conform.ts';
import { needDebian } from '../../debian.ts';
import { until } from '../../until.ts';
import { onTerminal, secondsShown } from './terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-interrupt-'));
afterAll(() => rmSync(folder, { recursive: true }));

const large = ['--containers', '2', '--execs', '2', '--with', 'all'];
// So that a fast machine does not come to the default bound first.
const unbounded = [...large, '--max-states', '100000000'];
const stopped = 'stopped by Ctrl-C or SIGTERM';
const log = join(folder, 'long.log');

beforeAll(() => needDebian(['runc', 'busybox'], ['runc', 'busybox-static']));

/** A log of three million containers, so that reading it takes a while. */
function writeLog(): void {
  const fd = openSync(log, 'w');
  for (let piece = 0; piece < 300; piece++) {
    const lines = Array.from({ length: 10_000 }, (_, i) => {
      const id = `c${piece}-${i}`;
      return `2026-11-24 04:00:00.1 +0000 UTC default /tasks/create {"container_id":"${id}","pid":7}\n`;
    });
    writeSync(fd, lines.join(''));
  }
  closeSync(fd);
}
writeLog();

/** What a long command shows while it runs, and what it says once Ctrl-C has stopped it. */
const cases: readonly [args: string[], shows: RegExp, says: string[], code: number][] = [
  [['check', 'main', ...large], /main: [\d,]+ states/, [`incomplete: ${stopped}; `, 'counterexample'], 20],
  [['check', 'main', ...large, '--engine', 'symbolic'], /nodes of/, [`incomplete: ${stopped}`], 20],
  [['check', 'main', ...large, '--engine', 'plain'], /main: [\d,]+ states/, [`incomplete: ${stopped}`], 20],
  [['check', '--all', ...large], /big-lock: [\d,]+ states/, [stopped, 'not searched: early-exits, mu-'], 20],
  [['causes', 'main', '--execs', '2'], /main: search \d+/, [`incomplete: ${stopped}`, 'sets searched'], 20],
  [['live', 'main', ...unbounded], /main: [\d,]+ states/, [`incomplete: ${stopped}`, '? no deadlock'], 20],
  [['simulate', 'main', ...large, '--walks', '9999999'], /[\d,]+ walks/, [stopped, 'rules seen broken'], 20],
  [['prove'], /part \d: [\d,]+ states/, [`not shown: ${stopped} in part`], 20],
  [
    ['diff', 'early-exits', 'main', ...unbounded],
    /early-exits: /,
    [stopped, 'unknown whether every log'],
    20,
  ],
  [
    ['graph', 'main', ...unbounded, '--output', join(folder, 'graph')],
    /main: [\d,]+ states/,
    ['the graph is incomplete'],
    20,
  ],
  [['conform', '--shim', ours, '--runs', '0'], /an init/, [stopped, 'passed, 0 failed'], 31],
  [['validate', log, '--spec', 'none'], /lines/, [stopped, 'no rule is broken'], 31],
];

describe('a command on a terminal', () => {
  it.each(cases)(
    'says every second what it does, and stops at Ctrl-C: %j',
    async (args, shows, says, code) => {
      const command = onTerminal(...args);
      await until(`${shows} and some seconds`, () => {
        const text = command.text();
        return shows.test(text) && secondsShown(text).length >= 3;
      });
      const seconds = secondsShown(command.text());
      // A loaded machine may leave one out.
      expect(seconds.length).toBeGreaterThanOrEqual((seconds.at(-1) ?? 0) / 2);
      command.type('\x03');
      expect(await command.ended()).toBe(code);
      for (const text of says) expect(command.text()).toContain(text);
      expect(command.text()).not.toMatch(/\n {4}at /);
    },
  );

  it('writes a graph that other tools can read', () => {
    const text = readFileSync(join(folder, 'graph'), 'utf8');
    expect(text).toContain(`incomplete: ${stopped}`);
    expect(text.trimEnd().split('\n').at(-1)).toBe('}');
  });

  it('ends at once at the second Ctrl-C', async () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    // Nobody writes, so that to open it takes for ever.
    const command = onTerminal('validate', fifo);
    await until('a status', () => secondsShown(command.text()).length > 0);
    command.type('\x03');
    await until('the note', () => command.text().includes('stopping; once more to end at once'));
    command.type('\x03');
    expect(await command.ended()).toBe(130);
  });
});
