import { spawn } from 'node:child_process';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { barriers, launched, openIn, screens } from '../../docs/browser.ts';
import { until } from '../../until.ts';
import { main, shimSpec } from '../shim-spec.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launched();
});
afterAll(() => browser.close());

describe('causes --ui', () => {
  it('shows each lattice and how far it is, on wide and narrow screens', async () => {
    const args = [main, 'causes', 'main', '--execs', '1', '--max-states', '20000', '--ui'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '';
    child.stderr.on('data', (piece) => {
      err += piece;
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    try {
      const found = await until(
        'the address',
        () => /http:\S+/.exec(err)?.[0] ?? '',
        (url) => url !== '',
      );
      for (const [width, scheme] of screens) {
        const { page, complaints } = await openIn(browser, found, width, scheme);
        await page.waitForSelector('canvas', { timeout: 120_000 });
        const text = await page.textContent('#text');
        expect(text).toMatch(/^2,048 sets, \d+ searches? under way, /);
        expect(await page.locator('canvas').count()).toBe(2);
        const legend = await page.locator('li span').allTextContents();
        const all = legend.reduce((sum, each) => sum + Number(each.replaceAll(',', '')), 0);
        expect(all).toBe(2_048);
        const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect([complaints, await barriers(page), beyond]).toEqual([[], [], 0]);
        await page.close();
      }
    } finally {
      child.kill('SIGINT');
    }
    expect(await ended).toBe(20);
  });

  it('refuses a port that cannot be used', () => {
    expect(shimSpec('causes', 'main', '--ui', '65536').code).toBe(150);
  });
});
