import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of the site, as Markdown. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** A page that others stand below: how the menu calls it, and where its text is. */
interface Child {
  readonly title: string;
  readonly file: string;
}

/** A page whose children are the files of a folder as they are, each under the title of its first heading. */
export function collectionOf(docs: string, folder: string, title: string, text: string): Page {
  const names = readdirSync(join(docs, folder)).filter((name) => name.endsWith('.md'));
  const children = names.toSorted().map((name) => {
    const [, heading = name] = /^# (.*)$/m.exec(readFileSync(join(docs, folder, name), 'utf8')) ?? [];
    return { title: heading, file: `../${folder}/${name}` };
  });
  return { file: `${folder}.md`, text: parent(title, children, text) };
}

export function parent(title: string, children: readonly Child[], text: string): string {
  const names = children.map((child) => `  ${JSON.stringify(child.title)}: ${JSON.stringify(child.file)}`);
  const front = [`title: ${JSON.stringify(title)}`, ...(names.length > 0 ? ['children:', ...names] : [])];
  const list = children.map((child) => `- [${child.title}](${child.file})`);
  return `---\n${front.join('\n')}\n---\n\n# ${title}\n\n${text}\n\n${list.join('\n')}\n`;
}
