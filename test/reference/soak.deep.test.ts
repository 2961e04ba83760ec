import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const soak = fileURLToPath(new URL('../../dist/bench/soak.js', import.meta.url));

it('200 execs over 20 containers with random kills: no event is lost, doubled or out of order, nothing leaks', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [soak, '1', '200'], { encoding: 'utf8' });
  expect(stdout + stderr).toMatch(
    /^seed 1: 200 execs over 20 containers in \d+ s; \d+ events, 0 faults; \d+ actions replayed;/,
  );
  expect(status).toBe(0);
});
