import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentOptions, roadOptions } from '../../render/bound.ts';
import { launched, type Opened, openIn } from './browser.ts';
import { checkEveryRevision } from './check-every-revision.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const fromFile = pathToFileURL(join(root, 'dist/explorer.html')).href;
const atBeginning = `${fromFile}#revision=early-exits&containers=1&execs=1&with=delete&path=&at=0`;

let browser: Browser;
beforeAll(async () => {
  browser = await launched();
});
afterAll(() => browser?.close());

const open = (
  url: string,
  width?: number,
  scheme?: 'light' | 'dark',
  options?: Parameters<typeof openIn>[4],
): Promise<Opened> => openIn(browser, url, width, scheme, options);
const headingOf = (page: Page): Promise<string | null> => page.locator('#walk').textContent();
const textsOf = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allTextContents();

describe('the explorer', () => {
  it("opens with the seed's deadlock, and says who waits for what", async () => {
    const { page, complaints } = await open(fromFile);
    expect(await headingOf(page)).toBe("early-exits breaks 'no deadlock': step 10 of 10");
    expect(await page.locator('.waiting').textContent()).toMatch(/for ever.*create c1.*s\.mu/);
    expect(await page.locator('.broken').textContent()).toContain('no deadlock');
    expect(await textsOf(page, '.choices li')).toEqual(['nothing: no step is left to anybody']);
    expect(complaints).toEqual([]);
  });

  it('offers counterexamples by name, each of which breaks the rule in its heading', async () => {
    const { page, complaints } = await open(fromFile);
    const presets = page.locator('.presets a');
    const headings: (string | null)[] = [];
    for (let i = 0; i < (await presets.count()); i++) {
      await presets.nth(i).click();
      await expect.poll(() => presets.nth(i).getAttribute('aria-current')).toBe('true');
      headings.push(await headingOf(page));
      expect(await page.locator('main > p.bad').count()).toBe(0);
    }
    expect(headings).toEqual([
      "early-exits breaks 'no deadlock': step 10 of 10",
      "mu-locked breaks 'an init's exit is the last of its container': step 39 of 39",
      "main breaks 'delete follows exit': step 27 of 27",
      "main breaks 'the shim does not panic': step 36 of 36",
      'early-exits: step 0 of 0',
    ]);
    expect(complaints).toEqual([]);
  });

  it('checks every revision, and walks through a counterexample by keyboard', async () => {
    const { page, complaints } = await open(atBeginning);
    await checkEveryRevision(page);
    const cell = page.locator('button[aria-label^="early-exits breaks \'no deadlock\'"]');
    expect(await cell.textContent()).toBe('10');
    expect(await page.locator('button[aria-label^="proposed breaks"]').count()).toBe(0);
    await cell.focus();
    await page.keyboard.press('Enter');
    expect(await headingOf(page)).toBe("early-exits breaks 'no deadlock': step 0 of 10");
    for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowRight');
    expect(await headingOf(page)).toBe("early-exits breaks 'no deadlock': step 10 of 10");
    expect(await page.locator('.broken').textContent()).toContain('no deadlock');
    expect(await page.locator('.step a').getAttribute('href')).toContain('/service.go#L167-L191');
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('.broken').count()).toBe(0);
    await page.keyboard.press('Home');
    expect(await headingOf(page)).toBe("early-exits breaks 'no deadlock': step 0 of 10");
    // Another cell of the same path names another rule.
    await page.locator('button[aria-label^="early-exits breaks \'no exit is lost\'"]').click();
    await expect.poll(() => headingOf(page)).toBe("early-exits breaks 'no exit is lost': step 0 of 10");
    expect(complaints).toEqual([]);
  });

  it('keeps the whole path in the address, so that a state can be sent', async () => {
    const { page } = await open(atBeginning);
    await page.keyboard.press('1');
    await page.keyboard.press('1');
    const first = await page.locator('.step').textContent();
    const address = await page.evaluate('location.href');
    const again = await open(String(address));
    expect(await headingOf(again.page)).toBe('early-exits: step 2 of 2');
    expect(await again.page.locator('.step').textContent()).toBe(first);
    const lost = await open(`${fromFile}#revision=main&path=9.9.9&at=3`);
    expect(await lost.page.locator('p.bad').textContent()).toContain('This link does not fit these settings');
    expect(lost.complaints).toEqual([]);
  });

  it('copies the link by one button, and says whether it could', async () => {
    const { page } = await open(fromFile, 1280, 'light', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const status = page.locator('.bar [role=status]');
    await page.keyboard.press('ArrowLeft');
    await page.locator('button', { hasText: 'Copy link' }).click();
    await expect.poll(() => status.textContent()).toBe('Link copied.');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(await page.evaluate('location.href'));
    // What was said is of another state now.
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => status.textContent()).toBe('');
    await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))");
    await page.locator('button', { hasText: 'Copy link' }).click();
    await expect.poll(() => status.textContent()).toContain('take the link from the address bar');
  });

  it('marks the step in the diagram and keeps it in sight; a click or a key goes to another one', async () => {
    const { page } = await open(fromFile);
    await page.locator('.presets a', { hasText: "An exec's exit" }).click();
    const isInSight = (): Promise<unknown> =>
      page.evaluate(`(() => {
        const [box, row] = ['.diagram', '.rows [aria-current=step]'].map((selector) => document.querySelector(selector).getBoundingClientRect());
        return row.top >= box.top && row.bottom <= Math.min(box.bottom, innerHeight);
      })()`);
    const here = page.locator('.rows [aria-current=step]');
    await expect.poll(() => here.getAttribute('aria-label')).toContain('step 39: start c1/e1');
    expect(await isInSight()).toBe(true);
    await page.keyboard.press('Home');
    expect(await here.count()).toBe(0);
    await page.keyboard.press('ArrowRight');
    expect(await here.getAttribute('aria-label')).toBe('Go to step 1: client calls Create(c1)');
    expect(await isInSight()).toBe(true);
    await page.locator('.rows button').nth(4).click();
    expect(await headingOf(page)).toContain('step 5 of 39');
    expect(await here.getAttribute('aria-label')).toContain('step 5:');
    // The focus goes with the mark.
    await page.keyboard.press('End');
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toContain('step 39:');
    expect(await isInSight()).toBe(true);
  });

  it('shows of the state what is in use, and folds the rest into lines that open', async () => {
    const { page } = await open(atBeginning);
    expect(await page.locator('.groups .parts li').count()).toBe(0);
    const first = await textsOf(page, '.groups summary');
    expect(first).toContain('6 calls not made');
    expect(first).toContain('2 processes not forked');
    await page.locator('.groups summary', { hasText: 'calls not made' }).click();
    expect(await page.locator('.groups details[open] p').textContent()).toContain('start c1/e1');
    await page.goto(fromFile);
    await page.reload();
    expect(await textsOf(page, '.groups h4')).toEqual([
      'Threads',
      "The shim's tables",
      'The kernel',
      'Published',
    ]);
    expect(await page.locator('.groups .parts li').count()).toBeLessThan(12);
    expect(await textsOf(page, '.groups summary')).toContain('5 calls not made');
    expect(await textsOf(page, '.group[aria-label=Published] li')).toEqual(['TaskCreate c1 pid 100']);
  });

  it('marks in the state exactly what it says that the step changed', async () => {
    const { page } = await open(fromFile);
    await page.locator('.presets a', { hasText: 'a panic' }).click();
    await page.keyboard.press('Home');
    const waits = /, blocked .*$/;
    for (let step = 1; step <= 36; step++) {
      await page.keyboard.press('ArrowRight');
      const said = await textsOf(page, '.beside section:first-child li.changed');
      const marked = await textsOf(page, '.group:not([aria-label=Published]) li.changed');
      expect([step, marked.map((text) => text.replace(waits, ''))]).toEqual([step, said]);
      const published = await textsOf(page, '.beside section:first-child li.good');
      const events = await textsOf(page, '.group[aria-label=Published] li.changed');
      expect(published).toEqual(events.map((event) => `▶ ${event}`));
      expect(said.length + published.length).toBeGreaterThan(0);
    }
  });

  it('explains each option', async () => {
    const { page } = await open(fromFile);
    await page.locator('.controls summary').click();
    const options = page.locator('.controls input[type=checkbox]');
    const texts = new Set<string | null>();
    for (let i = 0; i < (await options.count()); i++) {
      const id = await options.nth(i).getAttribute('aria-describedby');
      texts.add(await page.locator(`#${id}`).textContent());
    }
    expect(texts.size).toBe(environmentOptions.length + roadOptions.length);
    expect([...texts].every((text) => /^\S.{20,}\.$/.test(text ?? ''))).toBe(true);
    await page.getByLabel('kill', { exact: true }).check();
    expect(await page.locator('.controls summary').textContent()).toContain('with kill, delete');
    expect(await headingOf(page)).toBe('early-exits: step 0 of 0');
  });

  it("checks a part of an event's road, and shows what it breaks there", async () => {
    const { page, complaints } = await open(
      `${fromFile}#revision=main&containers=1&execs=0&with=none&path=&at=0`,
    );
    await page.locator('.controls summary').click();
    for (const part of ['oom', 'crash']) await page.getByLabel(part, { exact: true }).check();
    expect(await page.locator('.controls summary').textContent()).toContain('with oom, crash');
    expect(await page.evaluate('location.hash')).toContain('with=oom%2Ccrash');
    await page.locator('button', { hasText: 'Check main alone' }).click();
    const cell = page.locator('button[aria-label^="main breaks \'a process is published as ended once"]');
    await cell.click({ timeout: 60_000 });
    await page.keyboard.press('End');
    expect(await page.locator('.step').textContent()).toContain('cleanupAfterDeadShim');
    expect(await page.locator('.broken').textContent()).toContain('published as ended once');
    expect(complaints).toEqual([]);
  });

  it('goes back to the path before, and keeps the focus where the reader was', async () => {
    const { page, complaints } = await open(atBeginning);
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
