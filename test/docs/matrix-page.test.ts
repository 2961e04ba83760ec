import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { subjects } from '../../bench/matrix/subjects.ts';
import { matrixPages, matrixPictures, readMatrix } from '../../docs/matrix-page.ts';
import { anchorOf } from '../../docs/verdicts.ts';

const matrix = readMatrix(fileURLToPath(new URL('../../docs/', import.meta.url)));
const pictures = matrixPictures(matrix);
const pages = new Map(matrixPages(matrix).map(({ file, text }) => [file, text]));
const front = pages.get('matrix.md') ?? '';
const ran = matrix.shims.filter(({ failure }) => failure === null);

describe('docs/matrix.json', () => {
  it('has results of six pairs of shim and runtime, in three languages at least, and the page names every subject', () => {
    for (const { title } of subjects) expect(front).toContain(title);
    expect(new Set(ran.map(({ installs }) => installs.join())).size).toBeGreaterThanOrEqual(6);
    expect(new Set(ran.flatMap(({ languages }) => languages)).size).toBeGreaterThanOrEqual(3);
    for (const { failure, results } of matrix.shims)
      expect(failure === null ? results.length : failure).toBeTruthy();
  });

  it('has a rule and a course for each failure', () => {
    for (const { results } of ran) {
      for (const { name, verdict, breaches = [], moments = [], notes = [] } of results) {
        if (verdict === 'conforms') continue;
        if (verdict === 'could not judge') expect(notes, name).not.toEqual([]);
        else expect(breaches.length * moments.length, name).toBeGreaterThan(0);
        for (const { rule } of breaches) expect(matrix.rules[rule]?.source, rule).toMatch(/^https:/);
      }
    }
  });
});

describe('the page of the matrix', () => {
  it('shows each verdict of the data once, and each failure links to what came of it', () => {
    const verdicts = ran.flatMap(({ results }) => results.map(({ verdict }) => verdict));
    const count = (verdict: string): number => verdicts.filter((each) => each === verdict).length;
    const cells = (pattern: RegExp): number => [...front.matchAll(pattern)].length;
    expect(cells(/<td class="good">✓</g)).toBe(count('conforms'));
    expect(cells(/<td class="bad"><a [^>]*>✗</g)).toBe(count('violates'));
    expect(cells(/<td class="none"><a [^>]*>\?</g)).toBe(count('could not judge'));
    const links = [...front.matchAll(/href="(matrix-[^"#]+)#([^"]+)"/g)];
    expect(links.length).toBe(count('violates') + count('could not judge'));
    for (const [, file = '', anchor = ''] of links) {
      const headings = [...(pages.get(file)?.matchAll(/^## (.*)$/gm) ?? [])].map(([, name = '']) => name);
      expect(headings.map(anchorOf)).toContain(anchor);
    }
  });

  it('has for each failure a picture and the command that repeats it, and says why others are not there', () => {
    for (const shim of ran) {
      const text = pages.get(`matrix-${shim.slug}.md`) ?? '';
      const failed = shim.results.filter(({ verdict }) => verdict === 'violates');
      const files = [...text.matchAll(/<img src="\.\/([^"]+)" [^>]*loading="lazy">/g)].map(
        ([, file = '']) => file,
      );
      expect(new Set(files).size).toBe(failed.length);
      for (const file of files) expect(pictures.get(file), file).toContain('<svg');
      for (const { repeat } of failed) expect(text).toContain(`npm run matrix -- ${shim.slug} ${repeat}`);
      expect(failed.every(({ repeat }) => repeat?.startsWith('--only '))).toBe(true);
    }
    for (const { failure, title } of matrix.shims)
      if (failure !== null) expect(front).toContain(`**${title}**`);
  });
});
