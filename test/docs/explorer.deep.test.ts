import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { barriers, launched, openIn, overflows, screens } from './browser.ts';
import { checkEveryRevision } from './check-every-revision.ts';

const explorer = pathToFileURL(fileURLToPath(new URL('../../dist/explorer.html', import.meta.url))).href;

let browser: Browser;
beforeAll(async () => {
  browser = await launched();
});
afterAll(() => browser?.close());

describe('the explorer', () => {
  for (const [width, scheme] of screens) {
    it(`has no barrier at ${width} pixels, ${scheme}, and does not overflow`, async () => {
      const { page } = await openIn(browser, explorer, width, scheme);
      await page.locator('.controls summary').click();
      await checkEveryRevision(page);
      await page.locator('.groups summary').first().click();
      expect(await barriers(page)).toEqual([]);
      expect(await overflows(page)).toBe(false);
    });
  }
});
