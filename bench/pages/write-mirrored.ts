/**
 * `npm run mirrored -- CHECKOUT`: records the Go functions that each revision mirrors, from a git checkout of containerd
 * with its history. Only names, lines and hashes are written.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { mirroredBy, mirroredFile } from '../../cli/drift/mirrored.ts';
import { commitOf, revisions } from '../../spec/index.ts';

const [checkout] = process.argv.slice(2);
if (checkout === undefined) {
  process.stderr.write('npm run mirrored -- CHECKOUT: name a git checkout of containerd with its history\n');
  process.exit(2);
}
const rows = revisions.flatMap((revision) => {
  const read = (file: string): string =>
    execFileSync('git', ['-C', checkout, 'show', `${commitOf(revision)}:${file}`], { encoding: 'utf8' });
  const mirrored = mirroredBy(revision, read);
  return mirrored === null ? [] : [[revision.slug, mirrored] as const];
});
const source = fileURLToPath(mirroredFile).replace('/dist/', '/');
writeFileSync(source, `${JSON.stringify(Object.fromEntries(rows), null, 1)}\n`);
