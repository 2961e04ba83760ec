import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));

/** The languages of a site's blocks: those of the configuration, their short names, and plain text. */
async function languages(): Promise<Set<string>> {
  const config = (await import(join(docs, 'typedoc.config.js'))) as {
    default: { highlightLanguages: string[] };
  };
  return new Set([...config.default.highlightLanguages, 'sh', 'ts', 'js', 'text']);
}

describe('npm run docs', () => {
  it('finds what is exported documented, and the links of comments', () => {
    const typedoc = join(docs, 'node_modules/typedoc/bin/typedoc');
    const flags = ['--options', 'typedoc.config.js', '--emit', 'none', '--skipErrorChecking'];
    const pages = ['--projectDocuments', 'proposed.md', '--readme', 'none'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [typedoc, ...flags, ...pages], {
      cwd: docs,
      encoding: 'utf8',
    });
    expect(status, stdout + stderr).toBe(0);
  });

  it('knows the language of each block', async () => {
    const known = await languages();
    for (const folder of ['.', 'guides', 'findings', 'decisions']) {
      for (const file of readdirSync(join(docs, folder)).filter((name) => name.endsWith('.md'))) {
        const page = readFileSync(join(docs, folder, file), 'utf8');
        for (const [, language = ''] of page.matchAll(/^```([a-z]+)/gm))
          expect(known, `${folder}/${file}: ${language}`).toContain(language);
      }
    }
  });
});
