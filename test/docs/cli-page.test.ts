import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cliPage } from '../../bench/pages/cli-page.ts';
import { exitCodes } from '../../cli/exit-codes.ts';
import { makeProgram } from '../../cli/program.ts';
import { environmentOptions } from '../../render/bound.ts';
import { shimSpec } from '../cli/shim-spec.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

describe('docs/cli.md', () => {
  it('is what npm run cli-page writes', () => {
    expect(cliPage(makeProgram(''))).toBe(page);
  });

  it('lists every command, flag and option that help does, and every exit code', () => {
    const { commands } = makeProgram('');
    expect(commands.length).toBeGreaterThan(9);
    for (const command of commands) {
      const name = command.name();
      const [, section = ''] = page.split(`\n## ${name}\n`);
      const own = section.split('\n## ')[0] ?? '';
      const flags = [...command.helpInformation().matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag);
      expect(flags.length).toBeGreaterThan(0);
      for (const flag of flags) expect(own, `${name} ${flag}`).toContain(`| \`${flag}`);
      expect(own).toContain(`npx shim-spec ${name} `);
    }
    for (const [name] of environmentOptions) expect(page).toContain(`| \`${name}\``);
    for (const { code, meaning } of exitCodes)
      expect(page).toContain(`| ${code} | ${meaning.replaceAll('|', '\\|')} |`);
  });

  it('links to files that exist', () => {
    const links = [...page.matchAll(/\]\((?!https:|#)([^)#]+)/g)].map(([, file]) => file ?? '');
    expect(links.length).toBeGreaterThan(3);
    for (const file of links)
      expect(existsSync(new URL(`../../docs/${file}`, import.meta.url)), file).toBe(true);
  });

  it('has the exit codes that the general help ends with', () => {
    const { out } = shimSpec('--help');
    for (const { code, meaning } of exitCodes)
      expect(out).toContain(`${String(code).padStart(5)}  ${meaning}`);
    expect(out.trimEnd().split('\n').at(-1)).toBe('Every command and flag: docs/cli.md');
  });
});
