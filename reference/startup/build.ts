/** `node dist/reference/startup/build.js`, a part of the build: bundles main.ts, makes a snapshot of it, and tells main.sh Node's flags. */
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { nodeFlags } from './node-flags.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

await build({
  entryPoints: [file('./boot.js'), file('./snapshot.js')],
  outdir: file('.'),
  entryNames: '[name]',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // A snapshot has `require` alone.
  supported: { 'dynamic-import': false },
  // The bundle's own path, which a snapshot would keep from where it was made.
  define: { 'import.meta.dirname': 'bundled.folder' },
  banner: {
    js: "const bundled = { get folder() { return require('node:path').dirname(process.argv[1]); } };",
  },
  legalComments: 'none',
  logLevel: 'warning',
});
// From dist/reference/startup, reference is three folders up.
const launcher = readFileSync(file('../../../reference/main.sh'), 'utf8');
writeFileSync(file('../main.sh'), launcher.replace('@nodeFlags@', nodeFlags.join(' ')));
chmodSync(file('../main.sh'), 0o755);
execFileSync(file('../main.sh'), ['snapshot'], { stdio: 'inherit' });
