import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { diagram, wide } from './wide.ts';

/**
 * A page of TypeDoc that works from a file, where it may not use the symbols of another page (the theme puts them into
 * each as well), and on a phone, where tables, code and diagrams scroll by themselves.
 *
 * @param docs the folder that has the pictures
 * @param links a link to stand below a picture, by the picture's name
 */
export function mended(docs: string, links: ReadonlyMap<string, string>, html: string): string {
  let tables = 0;
  let signatures = 0;
  return html
    .replaceAll(/href="[^"#]*assets\/icons\.svg#/g, 'href="#')
    .replaceAll(/<table>\n[\s\S]*?<\/table>/g, (table) => wide(`Table ${++tables}`, table))
    .replaceAll('<pre>', '<pre tabindex="0">')
    .replace('<div class="col-content">', '<div class="col-content" role="main">')
    .replace('<div class="page-menu">', '<div class="page-menu" role="complementary" aria-label="This page">')
    .replaceAll(
      /<p><img src="[^"]*media\/([^"]+\.svg)" alt="([^"]*)"[^>]*><\/p>/g,
      (_, name: string, alt: string) =>
        `${diagram(alt, readFileSync(join(docs, 'pictures', name), 'utf8'))}${nextLine(links.get(name))}`,
    )
    .replaceAll(
      '<div class="tsd-signature">',
      () => `<div class="tsd-signature" tabindex="0" role="region" aria-label="Signature ${++signatures}">`,
    )
    .replaceAll(/<h3>(Settings|On This Page)<\/h3>/g, '<h3 aria-level="2">$1</h3>');
}

/** A link of the generated pages, on a page of TypeDoc. */
function nextLine(link: string | undefined): string {
  return link === undefined ? '' : `<p class="next">${link.replace('href="', 'href="../media/')}</p>`;
}
