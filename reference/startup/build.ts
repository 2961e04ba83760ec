/** `node dist/reference/startup/build.js`, a part of the build: bundles the actions, and makes the bundle's code cache. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleFile, nodeFlags } from './load-actions.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

await build({
  entryPoints: [file('../actions/bundled.js')],
  outfile: bundleFile,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // Native modules are loaded from where the bundle is.
  define: { 'import.meta.url': 'bundle' },
  banner: { js: "const bundle = require('node:url').pathToFileURL(__filename).href;" },
  legalComments: 'none',
  logLevel: 'warning',
});
execFileSync(process.execPath, [...nodeFlags, file('./write-cache.js')], { stdio: 'inherit' });
