/**
 * `node dist/docs/build-explorer.js FILE HOME`: the explorer as one file, which needs no other and no network. HOME is the
 * page that it links to as its site.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { presets } from './presets.ts';

const source = fileURLToPath(new URL('../../docs/explorer/', import.meta.url));

/** Bundles a module and all that it imports into one classic script. */
async function bundled(entry: string, define: Record<string, string> = {}): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(source, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2023',
    legalComments: 'none',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { 'process.env.NODE_ENV': '"production"', ...define },
    external: ['web-worker'],
  });
  return outputFiles[0]?.text ?? '';
}

const [file = fileURLToPath(new URL('../explorer.html', import.meta.url)), home = null] =
  process.argv.slice(2);
const worker = await bundled('worker.ts');
const script = await bundled('main.tsx', {
  workerSource: JSON.stringify(worker),
  presets: JSON.stringify(presets()),
  siteHome: JSON.stringify(home),
});
const style = readFileSync(`${source}style.css`, 'utf8');
writeFileSync(
  file,
  `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>shim-spec explorer</title><link rel="icon" href="data:,"><style>${style}</style></head><body><div id="app"></div><noscript>The explorer runs the checker in your browser, and needs JavaScript.</noscript><script>${script.replaceAll('</script', '<\\/script')}</script></body></html>
`,
);
