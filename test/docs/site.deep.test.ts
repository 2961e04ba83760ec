import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { barriers, launched, type Opened, openIn, overflows, screens } from './browser.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const site = join(root, 'docs/site');
const guides = join(root, 'docs/guides');

let browser: Browser;
beforeAll(async () => {
  browser = await launched();
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(root, 'dist/docs/build.js')], {
    encoding: 'utf8',
  });
  expect(status, stderr + stdout).toBe(0);
  expect(stdout + stderr).not.toContain('warning');
});
afterAll(() => browser?.close());

const open = (name: string, width?: number, scheme?: 'light' | 'dark'): Promise<Opened> =>
  openIn(browser, pathToFileURL(join(site, name)).href, width, scheme);

interface Cell {
  readonly sign: string;
  readonly label: string | null;
  readonly href: string | null;
}

/** The cells of the page's matrix, but for the numbers of states. */
function cellsOf(page: Page): Promise<Cell[]> {
  return page.locator('.matrix tbody tr:not(:last-child) td').evaluateAll((cells) =>
    cells.map((cell) => {
      const link = cell.querySelector('a');
      return {
        sign: cell.textContent ?? '',
        label: link?.getAttribute('aria-label') ?? null,
        href: link?.getAttribute('href') ?? null,
      };
    }),
  );
}

describe('npm run docs', () => {
  it('opens with the question, the picture of a deadlock, and a command', async () => {
    const { page } = await open('index.html');
    expect(await page.locator('h1').textContent()).toMatch(/^In which order may a containerd shim publish/);
    const picture = page.locator('.col-content svg.seq').first();
    expect(await picture.textContent()).toContain('no deadlock');
    expect((await picture.boundingBox())?.y).toBeLessThan(700);
    expect(await page.locator('.col-content pre').first().textContent()).toContain('npm ci && npm run check');
  });

  it('has a matrix in which each cell is a link: to its counterexample, or to the rule', async () => {
    const { page } = await open('index.html');
    const cells = await cellsOf(page);
    expect(cells.length).toBe(21 * 8);
    for (const { sign, label, href } of cells) {
      const target = { '✓': 'keeps', '–': 'is no rule of' }[sign];
      if (target) {
        expect(label).toContain(target);
        expect(href).toMatch(/^documents\/The_rules\.html#./);
      } else {
        expect(label).toMatch(new RegExp(`breaks '.*' in ${sign} steps`));
        expect(href).toMatch(/^documents\/The_history\.[a-z-]+\.html#./);
      }
    }
    await page.locator('a[aria-label="early-exits breaks \'no deadlock\' in 10 steps"]').click();
    expect(page.url()).toContain('The_history.early-exits.html#no-deadlock');
    const diagram = page.locator('svg[aria-label="early-exits breaks \'no deadlock\'"]');
    await expect.poll(async () => (await diagram.boundingBox())?.y ?? 9999).toBeLessThan(900);
    // From there it is one more link into the explorer, with the trace open.
    await page.locator('#no-deadlock ~ .next a').first().click();
    await expect
      .poll(() => page.locator('#walk').textContent())
      .toBe("early-exits breaks 'no deadlock': step 10 of 10");
    expect(await page.locator('header a').getAttribute('href')).toBe('../index.html');
  });

  it('has four doors, each with a command of its guide, which a test runs', async () => {
    const { page } = await open('index.html');
    expect(await page.locator('.doors h3').allTextContents()).toEqual([
      'Check a change',
      'Write a revision',
      'Test a shim',
      'Judge a log',
    ]);
    const texts = readdirSync(guides).map((name) => readFileSync(join(guides, name), 'utf8'));
    for (const command of await page.locator('.doors code').allTextContents())
      expect(
        texts.some((text) => text.includes(`\n${command}\n`)),
        command,
      ).toBe(true);
    const hrefs = await page
      .locator('.doors a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    expect(hrefs.every((href) => href?.startsWith('documents/Guides.'))).toBe(true);
    expect(new Set(hrefs).size).toBe(4);
  });

  it('leads in the menu with guides, history and findings, and has the modules behind one entry', async () => {
    const { page } = await open('index.html');
    const entries = page.locator('#tsd-nav-container > li');
    await expect.poll(() => entries.count()).toBeGreaterThan(3);
    expect(
      await entries.evaluateAll((all) => all.map((each) => each.querySelector('a')?.textContent)),
    ).toEqual([
      'Guides',
      'The history',
      'Findings',
      'The rules',
      'What containerd demands',
      'The causes',
      'The matrix of shims',
      'Mistakes that the steps give away',
      'The Go tests',
      'Real shims',
      'The revision proposed',
      'The road of an event',
      'Fixes of the reaper',
      'The command line',
      'Watch a node',
      'Figures',
      "containerd's shimtest",
      'Decisions',
      'The explorer',
      'Modules',
    ]);
    const modules = entries.last().locator('ul a span');
    expect(await modules.first().textContent()).toBe('vocabulary');
    expect(await modules.count()).toBeGreaterThan(20);
  });

  it('has no link that leads nowhere', () => {
    const names = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.html'),
    );
    const texts = new Map(names.map((name) => [name, readFileSync(join(site, name), 'utf8')]));
    const lost = [...texts].flatMap(([name, text]) => {
      if (name === 'media/explorer.html') return [];
      const hrefs = [...text.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href = '']) => href);
      return hrefs
        .filter((href) => !/^[a-z]+:/.test(href) && !leads(texts, name, href))
        .map((href) => `${name}: ${href}`);
    });
    expect(lost).toEqual([]);
  });

  it('has a page for each revision, with diagrams and the difference', () => {
    const page = readFileSync(join(site, 'documents/The_history.mu-locked.html'), 'utf8');
    expect(page).toContain('<svg');
    expect(page).toContain('What changed from early-exits');
    expect(page).toContain('class="ins"');
  });

  it('has a docstring, an introduction and a heading on the pages of modules, too', () => {
    const module = readFileSync(join(site, 'modules/spec_revisions_mu-locked.html'), 'utf8');
    expect(module).toContain('the deadlock of <code>early-exits</code> mended');
    expect(readdirSync(join(site, 'modules')).length).toBeGreaterThanOrEqual(20);
  });

  for (const width of [1280, 390]) {
    it(`shows a finding's trace line by line, and its diagram in legible size, at ${width} pixels`, async () => {
      const { page } = await open('documents/Findings.A_Delete_overtakes_the_exit.html', width);
      const blocks = (await page.locator('pre:has(code)').evaluateAll((all) => {
        const right = (of: Element | null): number => of?.getBoundingClientRect().right ?? 0;
        return all.map((block) => ({
          lines: getComputedStyle(block.querySelector('code') ?? block).whiteSpace,
          sticksOut: right(block) > right(document.querySelector('.col-content')),
          scrolls: getComputedStyle(block).overflowX,
        }));
      })) as object[];
      expect(blocks.length).toBe(2);
      for (const block of blocks) expect(block).toEqual({ lines: 'pre', sticksOut: false, scrolls: 'auto' });
      const scale = (await page.locator('.col-content svg.seq').evaluate((svg) => {
        return svg.getBoundingClientRect().width / Number(svg.getAttribute('width'));
      })) as number;
      expect(scale).toBeGreaterThanOrEqual(0.84);
      expect(await overflows(page)).toBe(false);
    });
  }

  it('opens the counterexample of a finding in the explorer', async () => {
    const { page } = await open('documents/Findings.A_Delete_overtakes_the_exit.html');
    await page.locator('.next a').click();
    await expect
      .poll(() => page.locator('#walk').textContent())
      .toBe("main breaks 'delete follows exit': step 27 of 27");
  });

  const pages = [
    'index.html',
    ...[
      'The_history.html',
      'The_history.mu-locked.html',
      'The_rules.html',
      'The_causes.html',
      'The_matrix_of_shims.html',
      'The_matrix_of_shims.gVisor_20260905.html',
      'The_Go_tests.html',
      'Findings.html',
      'Findings.A_Delete_overtakes_the_exit.html',
      'Guides.Judge_a_log_from_production.html',
      'Real_shims.html',
      'The_revision_proposed.html',
    ].map((name) => `documents/${name}`),
    'modules/spec_revisions_mu-locked.html',
    'interfaces/spec_revisions_main.State.html',
  ];
  for (const [width, scheme] of screens) {
    it(`has no barrier at ${width} pixels, ${scheme}, asks no network, and does not overflow`, async () => {
      for (const name of pages) {
        const { page, complaints } = await open(name, width, scheme);
        const isOfTypeDoc = (barrier: string): boolean =>
          // It has links in the summaries of its folds, and leaves out a level of headings on the pages of modules.
          barrier.startsWith('nested-interactive') ||
          (barrier.startsWith('heading-order') && !/^(index|documents)/.test(name));
        const found = (await barriers(page)).filter((each) => !isOfTypeDoc(each));
        expect([name, ...found, ...complaints]).toEqual([name]);
        expect(await page.locator('h1').count(), name).toBe(1);
        expect(await overflows(page), name).toBe(false);
        await page.close();
      }
    });
  }
});

/** Whether a link of a page leads to a file of the site, and to an anchor that is there. */
function leads(texts: ReadonlyMap<string, string>, from: string, href: string): boolean {
  const [path = '', anchor = ''] = href.replaceAll('&amp;', '&').split('#');
  const name = path === '' ? from : relative(site, join(site, dirname(from), decodeURI(path)));
  if (!existsSync(join(site, name))) return false;
  const text = texts.get(name === '' ? 'index.html' : name);
  if (anchor === '' || text === undefined || name === 'media/explorer.html') return true;
  return text.includes(`id="${anchor}"`);
}
