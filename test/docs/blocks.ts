/** A block of commands in a page, and the block of what they print, where one follows. */
export interface Block {
  readonly commands: string;
  /** The words after `sh`: `root`, `deep` where it takes long, `server` where it does not end, `exits 12`. */
  readonly words: readonly string[];
  readonly shown: string | null;
  readonly line: number;
}

/** Every `sh` block of a page, with the `text` block that follows it before the next. */
export function blocksOf(page: string): Block[] {
  const fences = [...page.matchAll(/^```(\S+)(.*)\n([\s\S]*?)^```$/gm)];
  return fences.flatMap(([, kind, words = '', commands = ''], i) => {
    if (kind !== 'sh') return [];
    const next = fences[i + 1];
    const line = page.slice(0, fences[i]?.index).split('\n').length;
    const shown = next?.[1] === 'text' ? (next[3] ?? '') : null;
    return [{ commands: commands.trimEnd(), words: words.trim().split(/\s+/), shown, line }];
  });
}

/** The exit code that a block says it ends with. */
export function exitCodeOf({ words }: Block): number {
  const at = words.indexOf('exits');
  return at < 0 ? 0 : Number(words[at + 1]);
}

/** Times and sizes of memory are another each time. */
export function masked(text: string): string {
  const still = text.replaceAll(/\d[\d,.]*(?= (?:ms|s|MiB|GiB)\b)/g, '0').replaceAll(/[ \t]+$/gm, '');
  return `${still.trim()}\n`;
}

/** What a `text` block stands for: `…` on a line of its own is any number of lines, elsewhere a part of its line. */
export function patternOf(shown: string): RegExp {
  const lines = masked(shown).trimEnd().split('\n');
  const patterns = lines.map((line) =>
    line.trim() === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(escaped).join('.*')}\\n`,
  );
  return new RegExp(`^${patterns.join('')}$`);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
