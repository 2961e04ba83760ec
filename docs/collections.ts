import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of the site, as Markdown. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** A page that others stand below. */
interface Collection {
  readonly file: string;
  readonly title: string;
  readonly text: string;
}

/** A page whose children are the files of a folder as they are. */
export function collectionOf(docs: string, folder: string, { file, title, text }: Collection): Page {
  const children = markdownIn(join(docs, folder)).map((name) => `../${folder}/${name}`);
  return { file, text: parent(title, children, text) };
}

/** A page with copies of a folder's files below it, each under the title that its first line has. */
export function titledCollection(docs: string, folder: string, { file, title, text }: Collection): Page[] {
  const names = markdownIn(join(docs, folder));
  const copies = names.map((name) => {
    const [first = '', ...rest] = readFileSync(join(docs, folder, name), 'utf8').split('\n');
    return {
      file: name,
      text: `---\ntitle: ${JSON.stringify(first.replace(/^# /, ''))}\n---\n\n${first}\n${rest.join('\n')}`,
    };
  });
  return [{ file, text: parent(title, names, text) }, ...copies];
}

export function parent(title: string, children: readonly string[], text: string): string {
  return `---\ntitle: ${JSON.stringify(title)}\nchildren:\n${children.map((child) => `  - ${child.startsWith('.') ? child : `./${child}`}`).join('\n')}\n---\n\n# ${title}\n\n${text}\n`;
}

function markdownIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .toSorted();
}
