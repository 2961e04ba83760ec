import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needDebian } from '../debian.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

let browser: Browser;
beforeAll(async () => {
  needDebian(['chromium'], ['chromium']);
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: quiet });
});
afterAll(() => browser?.close());

interface Opened {
  readonly page: Page;
  /** What the page complained of, and what it asked a network for. */
  readonly complaints: string[];
}

async function open(url: string, width = 1280, colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
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

/** What axe calls serious or critical. */
async function barriers(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axe });
  const found = (await page.evaluate('axe.run({ preload: false })')) as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  };
  return found.violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

const fromFile = pathToFileURL(join(root, 'dist/explorer.html')).href;
const headingOf = (page: Page): Promise<string | null> => page.locator('#walk').textContent();

async function check(page: Page): Promise<void> {
  await page.click('button.main');
  await page.waitForFunction(
    "document.querySelector('button.main').textContent === 'Check every revision' && document.querySelectorAll('td .good').length > 0",
    null,
    { timeout: 60_000 },
  );
}

describe('the explorer', () => {
  it('checks every revision, and walks through a counterexample by keyboard', async () => {
    const { page, complaints } = await open(fromFile);
    await check(page);
    const cell = page.locator('button[aria-label^="early-exits breaks \'no deadlock\'"]');
    expect(await cell.textContent()).toBe('10');
    expect(await page.locator('button[aria-label^="proposed breaks"]').count()).toBe(0);
    await cell.focus();
    await page.keyboard.press('Enter');
    expect(await headingOf(page)).toBe('early-exits: step 0 of 10');
    for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowRight');
    expect(await headingOf(page)).toBe('early-exits: step 10 of 10');
    expect(await page.locator('.broken').textContent()).toContain('no deadlock');
    expect(await page.locator('.step a').getAttribute('href')).toContain('/service.go#L167-L191');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('.broken').count()).toBe(0);
    await page.keyboard.press('Home');
    expect(await headingOf(page)).toBe('early-exits: step 0 of 10');
    expect(complaints).toEqual([]);
  });

  it('keeps the whole path in the address, so that a state can be sent', async () => {
    const { page } = await open(fromFile);
    await page.keyboard.press('1');
    await page.keyboard.press('1');
    const first = await page.locator('.step').textContent();
    const address = await page.evaluate('location.href');
    const again = await open(String(address));
    expect(await headingOf(again.page)).toBe('early-exits: step 2 of 2');
    expect(await again.page.locator('.step').textContent()).toBe(first);
    const lost = await open(`${fromFile}#revision=main&path=9.9.9&at=3`);
    expect(await lost.page.locator('p.bad').textContent()).toContain('none of the model');
    expect(lost.complaints).toEqual([]);
  });

  it('goes back to the path before, and keeps the focus where the reader was', async () => {
    const { page, complaints } = await open(fromFile);
    await page.locator('.choices button').first().click();
    expect(await page.evaluate('document.activeElement.id')).toBe('walk');
    await page.locator('.choices button').first().click();
    expect(await headingOf(page)).toBe('early-exits: step 2 of 2');
    const begin = page.locator('button', { hasText: 'begin' });
    await begin.focus();
    await page.keyboard.press('Enter');
    expect(await headingOf(page)).toBe('early-exits: step 0 of 2');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('begin');
    const isAt = (where: string): Promise<void> =>
      expect.poll(() => headingOf(page)).toBe(`early-exits: ${where}`);
    await page.goBack();
    await isAt('step 1 of 1');
    await page.goBack();
    await isAt('step 0 of 0');
    await page.goForward();
    await isAt('step 1 of 1');
    // Two choices before the page is drawn anew are two pages, too.
    await page.evaluate("for (const _ of [1, 2]) document.querySelector('.choices button').click()");
    await isAt('step 3 of 3');
    await page.goBack();
    await isAt('step 2 of 2');
    expect(complaints).toEqual([]);
  });

  it('says of a step beforehand what it would break, and draws the states of a small model', async () => {
    const { page, complaints } = await open(
      `${fromFile}#revision=early-exits&containers=1&execs=0&with=none&path=0.0.0.0.0.1.0.0.1&at=9`,
    );
    expect(await page.locator('.choices button.bad').textContent()).toContain('breaks');
    await page.click('text=show the state graph');
    const states = page.locator('svg.graph circle');
    await states.first().waitFor();
    expect(await states.count()).toBe(126);
    // Broken states are crossed out, and say what they break.
    const crossed = await page.locator('svg.graph a:has(path.broken) title').allTextContents();
    expect(crossed.length).toBeGreaterThan(0);
    expect(crossed.every((title) => title.includes(', breaks '))).toBe(true);
    await states.nth(5).click();
    expect(await headingOf(page)).toMatch(/step (\d+) of \1$/);
    expect(complaints).toEqual([]);
  });

  for (const [width, scheme] of [
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
  ] as const) {
    it(`has no barrier at ${width} pixels, ${scheme}, and does not overflow`, async () => {
      const { page } = await open(fromFile, width, scheme);
      await check(page);
      await page.keyboard.press('1');
      expect(await barriers(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    });
  }

  it('is served by shim-spec explore, on this machine alone', async () => {
    const child: ChildProcess = spawn(process.execPath, [
      join(root, 'dist/cli/main.js'),
      'explore',
      '--port',
      '0',
    ]);
    try {
      const url = await new Promise<string>((resolve) =>
        child.stdout?.once('data', (chunk) => resolve(String(chunk).trim())),
      );
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      const { page, complaints } = await open(url);
      expect(await headingOf(page)).toContain('early-exits');
      expect((await fetch(`${url}../package.json`)).status).toBe(404);
      const port = new URL(url).port;
      const taken = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), 'explore', '--port', port], {
        encoding: 'utf8',
      });
      expect([taken.status, taken.stderr]).toEqual([
        150,
        expect.stringContaining(`port ${port} cannot be used`) as string,
      ]);
      expect(complaints).toEqual([]);
    } finally {
      child.kill();
    }
  });
});

describe('npm run docs', () => {
  const site = join(root, 'docs/site');
  beforeAll(() => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [join(root, 'dist/docs/build.js')], {
      encoding: 'utf8',
    });
    expect(status, stderr + stdout).toBe(0);
  });

  it('has a page for each revision, with diagrams and the difference', () => {
    const pages = readdirSync(join(site, 'documents'));
    expect(pages.length).toBeGreaterThan(25);
    const page = readFileSync(
      join(site, 'documents', pages.find((name) => /mu-locked/.test(name)) ?? ''),
      'utf8',
    );
    expect(page).toContain('<svg');
    expect(page).toContain('What changed from early-exits');
    expect(page).toContain('class="ins"');
    expect(existsSync(join(site, 'media/explorer.html'))).toBe(true);
  });

  it('has a docstring, an introduction and a heading on the pages of modules, too', () => {
    const module = readFileSync(join(site, 'modules/spec_revisions_mu-locked.html'), 'utf8');
    expect(module).toContain('the deadlock of <code>early-exits</code> mended');
    expect(readdirSync(join(site, 'modules')).length).toBeGreaterThanOrEqual(20);
  });

  const samples = [
    'index.html',
    ...['The_history.html', 'The_history.mu-locked.html'],
    ...['Guides.Judge_a_log_from_production.html', 'Real_shims.html', 'The_revision_proposed.html'],
  ].map((name, i) => (i === 0 ? name : `documents/${name}`));
  const all = [
    ...samples,
    'modules/spec_revisions_mu-locked.html',
    'interfaces/spec_revisions_main.State.html',
  ];
  for (const [width, scheme] of [
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
  ] as const) {
    it(`has no barrier at ${width} pixels, ${scheme}, asks no network, and does not overflow`, async () => {
      for (const name of all) {
        const { page, complaints } = await open(pathToFileURL(join(site, name)).href, width, scheme);
        // TypeDoc's own navigation has links in the summaries of its folds.
        const found = (await barriers(page)).filter((each) => !each.startsWith('nested-interactive'));
        expect([name, ...found, ...complaints]).toEqual([name]);
        expect(await page.locator('h1').count(), name).toBeGreaterThan(0);
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth + 1'), name).toBe(
          true,
        );
        await page.close();
      }
    });
  }
});
