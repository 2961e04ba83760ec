import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { shimSpec } from './cli/shim-spec.ts';

const read = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const readme = read('README.md');
const timeless = (text: string): string => text.replace(/; \d+\.\d\d s, \d+ MiB/, '').trim();

describe('README', () => {
  it('shows what its commands print', () => {
    const shown = [...readme.matchAll(/```text\n([\s\S]*?)```/g)].map(([, text]) => timeless(text ?? ''));
    const replay = / replay: npx shim-spec (.*)/.exec(readme)?.[1] ?? '';
    const runs = [shimSpec(...replay.split(' ')), shimSpec('check', '--all', '--execs', '1')];
    expect(shown).toEqual(runs.map(({ out }) => timeless(out)));
  });

  it('is a door: some 1,200 words', () => {
    expect(readme.split(/\s+/).length).toBeLessThan(1_400);
  });

  it('names the two commands, and CI runs the second, then the deep suite', () => {
    const commands = [...readme.matchAll(/```sh\n(npm ci.*)\n```/g)].map(([, command]) => command);
    expect(commands).toEqual(['npm ci && npm run check', 'npm ci && npm test']);
    expect(read('.ci/run').split('\n')).toContain(`${commands[1]} && npm run test:deep`);
  });

  it('shows the picture that the command draws', () => {
    const choices = /--choices ([\d,]+)/.exec(readme)?.[1] ?? '';
    const args = [
      '--containers',
      '1',
      '--execs',
      '1',
      '--with',
      'delete',
      '--choices',
      choices,
      '--picture',
      'svg',
    ];
    expect(read('docs/pictures/deadlock.svg')).toBe(shimSpec('replay', 'early-exits', ...args).out);
  });

  it('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\((?!https:|#)([^)]+)\)/g)].map(([, file]) => file ?? '');
    expect(links.length).toBeGreaterThan(3);
    for (const file of links) expect(existsSync(new URL(`../${file}`, import.meta.url)), file).toBe(true);
  });
});
