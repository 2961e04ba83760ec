/** Pages in a real browser, and what a test asks of each. */
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { needDebian } from '../debian.ts';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** What pages are looked at with. */
export const screens = [
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'light'],
  [390, 'dark'],
] as const;

export async function launched(): Promise<Browser> {
  needDebian(['chromium'], ['chromium']);
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });
}

export interface Opened {
  readonly page: Page;
  /** What the page complained of, and what it asked a network for. */
  readonly complaints: string[];
}

export async function openIn(
  browser: Browser,
  url: string,
  width = 1280,
  colorScheme: 'light' | 'dark' = 'light',
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, ...options });
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on(
    'request',
    (request) => /^https?:\/\/(?!127\.0\.0\.1)/.test(request.url()) && complaints.push(request.url()),
  );
  await page.goto(url);
  return { page, complaints };
}

/** Whatever axe finds. */
export async function barriers(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axe });
  const found = (await page.evaluate('axe.run({ preload: false })')) as {
    violations: { id: string; nodes: { html: string }[] }[];
  };
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

export async function overflows(page: Page): Promise<boolean> {
  return Boolean(await page.evaluate('document.documentElement.scrollWidth > innerWidth + 1'));
}
