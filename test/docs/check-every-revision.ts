import type { Page } from 'playwright-core';

/** Presses the explorer's button, and waits for the verdicts. */
export async function checkEveryRevision(page: Page): Promise<void> {
  await page.click('button.main');
  await page.waitForFunction(
    "document.querySelector('button.main').textContent === 'Check every revision' && document.querySelectorAll('td .good').length > 0",
    null,
    { timeout: 60_000 },
  );
}
