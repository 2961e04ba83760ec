import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes an OCI archive of one layer, a root file system, for `ctr images import`.
 *
 * @param name by which containerd knows the image
 * @returns the archive's path, below `folder`
 */
export function ociArchive(name: string, rootfs: string, folder: string): string {
  const layout = join(folder, 'oci');
  mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true });
  const blob = (mediaType: string, content: Buffer): { mediaType: string; digest: string; size: number } => {
    const hex = createHash('sha256').update(content).digest('hex');
    writeFileSync(join(layout, 'blobs', 'sha256', hex), content);
    return {
      mediaType: `application/vnd.oci.image.${mediaType}`,
      digest: `sha256:${hex}`,
      size: content.length,
    };
  };
  const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
  const tar = execFileSync('tar', ['-C', rootfs, '-cf', '-', '.'], { maxBuffer: 2 ** 28 });
  const layer = blob('layer.v1.tar', tar);
  const of = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [layer.digest] } };
  const config = blob('config.v1+json', json({ ...of, config: { Cmd: ['/bin/sh'] } }));
  const manifest = blob('manifest.v1+json', json({ schemaVersion: 2, config, layers: [layer] }));
  const annotations = { 'io.containerd.image.name': name };
  writeFileSync(join(layout, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
  writeFileSync(
    join(layout, 'index.json'),
    json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  const archive = join(folder, 'image.tar');
  execFileSync('tar', ['-C', layout, '-cf', archive, '.']);
  return archive;
}
