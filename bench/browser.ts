/** The checker in a browser: the page's own search, timed from the click to the table. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const explorer = join(fileURLToPath(new URL('../../', import.meta.url)), 'dist/explorer.html');

/** Checks a revision in 1 container in the page, without options. @returns states, and milliseconds */
export async function checkInBrowser(
  revision: string,
  execs: number,
): Promise<{ states: number; elapsedMs: number }> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(
      `${pathToFileURL(explorer).href}#revision=${revision}&containers=1&execs=${execs}&with=none&path=&at=0`,
    );
    return (await page.evaluate(clickAndWait)) as { states: number; elapsedMs: number };
  } finally {
    await browser.close();
  }
}

/** Runs in the page: presses "check this revision alone", and waits for its number of states. */
const clickAndWait = `new Promise((resolve) => {
  const begin = performance.now();
  const found = () => [...document.querySelectorAll('tr.soft td')].map((td) => td.textContent).find((text) => /^[\\d,]+$/.test(text));
  const look = () => {
    const text = found();
    if (text) resolve({ states: Number(text.replaceAll(',', '')), elapsedMs: performance.now() - begin });
    else setTimeout(look, 5);
  };
  document.querySelector('button.main + button').click();
  look();
})`;
