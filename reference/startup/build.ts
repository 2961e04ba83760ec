/** `node dist/reference/startup/build.js`, a part of the build: bundles main.ts, makes the bundle's code cache, and tells main.sh Node's flags. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { nodeFlags } from './node-flags.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

await build({
  entryPoints: [file('../main.js'), file('./boot.js')],
  outdir: file('.'),
  entryNames: '[name]',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // Native modules are loaded from where the bundle is.
  define: { 'import.meta.url': 'bundle', 'import.meta.dirname': '__dirname' },
  banner: { js: "const bundle = require('node:url').pathToFileURL(__filename).href;" },
  legalComments: 'none',
  logLevel: 'warning',
});
execFileSync(process.execPath, [...nodeFlags, file('./boot.cjs'), '--write-cache'], { stdio: 'inherit' });
// From dist/reference/startup, reference is three folders up.
const launcher = readFileSync(file('../../../reference/main.sh'), 'utf8');
writeFileSync(file('../main.sh'), launcher.replace('@nodeFlags@', nodeFlags.join(' ')));
chmodSync(file('../main.sh'), 0o755);
