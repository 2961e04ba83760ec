import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A crun that runs on this machine, in a folder: 1.8 refuses to where both versions of cgroups have controllers. */
export function crunIn(folder: string): string {
  const crun = join(folder, 'crun-without-hybrid-cgroups');
  const view = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec crun "$@"';
  writeFileSync(crun, `#!/bin/sh\nexec unshare --mount sh -c '${view}' crun "$@"\n`, { mode: 0o755 });
  return crun;
}
