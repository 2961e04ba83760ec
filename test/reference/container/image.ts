import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const oci = 'application/vnd.oci.image';

/** A blob of an image, as its manifest names it. */
interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/**
 * Makes an image in a folder.
 *
 * @param layers folders, the lowest first
 * @returns the archive that `ctr images import` takes
 */
export function makeImage(folder: string, name: string, layers: readonly string[]): string {
  const layout = join(folder, 'layout');
  const blobs = join(layout, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const keep = (file: string, mediaType: string): Blob => {
    const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
    renameSync(file, join(blobs, hash));
    return { mediaType, digest: `sha256:${hash}`, size: statSync(join(blobs, hash)).size };
  };
  const keepJson = (value: object, mediaType: string): Blob => {
    writeFileSync(join(layout, 'json'), JSON.stringify(value));
    return keep(join(layout, 'json'), mediaType);
  };
  const kept = layers.map((layer) => {
    execFileSync('tar', ['-C', layer, '-cf', join(layout, 'layer'), '.']);
    return keep(join(layout, 'layer'), `${oci}.layer.v1.tar`);
  });
  const rootfs = { type: 'layers', diff_ids: kept.map(({ digest }) => digest) };
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const config = keepJson({ os: 'linux', architecture, config: {}, rootfs }, `${oci}.config.v1+json`);
  const mediaType = `${oci}.manifest.v1+json`;
  const manifest = keepJson({ schemaVersion: 2, mediaType, config, layers: kept }, mediaType);
  const annotations = { 'io.containerd.image.name': name };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index));
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const archive = join(folder, 'image.tar');
  execFileSync('tar', ['-C', layout, '-cf', archive, '.']);
  return archive;
}
