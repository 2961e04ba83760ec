/** `node dist/reference/startup/compile.js`: the serving process as one file, and what V8 compiles of it; a part of the build. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleFile, nodeFlags } from './compiled.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

await build({
  entryPoints: [file('./warm-up.js')],
  outfile: bundleFile,
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // A library of C, which stands beside its own files.
  external: ['koffi'],
  legalComments: 'none',
  logLevel: 'warning',
});
execFileSync(process.execPath, [...nodeFlags, file('./write-cache.js')], { stdio: 'inherit' });
