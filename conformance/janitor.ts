import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { basename } from 'node:path';

/**
 * Removes every trace of a tester's folder: processes that name it or live in its cgroup, containers below its runc
 * root, mounts, cgroups, the shim's socket, and the folder.
 */
function script(folder: string): string {
  const cgroup = basename(folder);
  return `
folder='${folder}'
[ -d "$folder" ] || exit 0
[ -d "$folder/gate" ] && touch "$folder/gate/open"
for round in 1 2 3; do
  for command in $(grep -laF "$folder" /proc/[0-9]*/cmdline 2>/dev/null); do
    pid=\${command#/proc/}; pid=\${pid%/cmdline}
    [ "$pid" = $$ ] || kill -9 "$pid" 2>/dev/null
  done
  pid=$(cat "$folder/shim.pid" 2>/dev/null)
  [ -n "$pid" ] && grep -qaF "$folder" "/proc/$pid/environ" 2>/dev/null && kill -9 "$pid" 2>/dev/null
  for group in $(find /sys/fs/cgroup -depth -type d -path "*/${cgroup}*" 2>/dev/null); do
    echo THAWED > "$group/freezer.state" 2>/dev/null
    echo 0 > "$group/cgroup.freeze" 2>/dev/null
    kill -9 $(cat "$group/cgroup.procs") 2>/dev/null
  done
  sleep 0.05
done
for mount in $(cut -d' ' -f5 /proc/self/mountinfo | grep -F "$folder" | sort -r); do umount -l "$mount"; done
for round in 1 2 3 4 5 6 7 8; do
  find /sys/fs/cgroup -depth -type d -path "*/${cgroup}*" -exec rmdir {} + 2>/dev/null
  [ -z "$(find /sys/fs/cgroup -type d -path "*/${cgroup}*" 2>/dev/null)" ] && break
  sleep 0.1
done
[ -f "$folder/address" ] && rm -f "$(cat "$folder/address")"
rm -rf "$folder"
`;
}

/** Sees to it that nothing is left of a tester's folder, however the tester ends. */
export class Janitor {
  readonly #folder: string;
  readonly #child: ChildProcess;

  constructor(folder: string) {
    this.#folder = folder;
    // Its input ends when this process does, by whatever signal.
    this.#child = spawn('sh', ['-c', `trap '' INT TERM HUP; cat > /dev/null; ${script(folder)}`], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#child.unref();
    (this.#child.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  }

  /** Removes everything now. */
  sweep(): void {
    this.#child.kill('SIGKILL');
    spawnSync('sh', ['-c', script(this.#folder)], { stdio: 'ignore' });
  }
}
