/**
 * `node dist/cli/startup/bundle.js`, the last part of the build: puts the some 200 modules that a check loads into a few
 * files in dist/parts, since Node needs more time to find and link modules than to run them.
 *
 * What others import stays where it is, and becomes a link to its part. So whoever imports `shim-spec/spec` has the
 * modules that the command line has, and not a second copy of them.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const dist = fileURLToPath(new URL('../../', import.meta.url));
const parts = join(dist, 'parts');

/** Each part, and the module that becomes a link to it. */
const entries: Readonly<Record<string, string>> = {
  command: 'cli/thread/command.js',
  spec: 'spec/index.js',
  checker: 'checker/index.js',
  threads: 'checker/threads/index.js',
  worker: 'checker/threads/worker.js',
};

/** Lets each module find what lies beside it, as before. */
const keepPlaces: Plugin = {
  name: 'keep places',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const own = `new URL(${JSON.stringify(relative(parts, path))}, import.meta.url).href`;
      return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', own), loader: 'js' };
    }),
};

/** A link that stands where its module stood, in the folder of `place`. */
function linkFrom(place: string, part: string): string {
  return `export * from '${relative(dirname(join(dist, place)), join(parts, `${part}.js`))}';\n`;
}

const isBundled = Object.entries(entries).some(
  ([part, place]) => readFileSync(join(dist, place), 'utf8') === linkFrom(place, part),
);
if (!isBundled) {
  const { outputFiles } = await build({
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([part, place]) => [part, join(dist, place)]),
    ),
    outdir: parts,
    write: false,
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    plugins: [keepPlaces],
    logLevel: 'warning',
  });
  if (existsSync(parts)) rmSync(parts, { recursive: true });
  mkdirSync(parts);
  for (const { path, contents } of outputFiles) writeFileSync(path, contents);
  for (const [part, place] of Object.entries(entries))
    writeFileSync(join(dist, place), linkFrom(place, part));
}
