import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { basename } from 'node:path';

/** What a process of a tester's folder has in its environment, as every shim and what it runs has. */
export function mark(folder: string): string {
  return `${folder}/events.sock`;
}

/**
 * Removes every trace of a tester's folder: processes with its mark or in its cgroup, mounts, cgroups, the shim's
 * socket, and the folder. It may run twice at once.
 */
function script(folder: string): string {
  const cgroup = basename(folder);
  const isItsCgroup = `\\( -path '*/${cgroup}' -o -path '*/${cgroup}/*' \\)`;
  return `
folder='${folder}'
[ -d "$folder" ] || exit 0
[ -d "$folder/gate" ] && touch "$folder/gate/open"
end() { [ "$1" -gt 1 ] && kill -9 "$1"; }
groups() { find /sys/fs/cgroup -depth -type d ${isItsCgroup} "$@"; }
{
  for round in 1 2 3; do
    for marked in $(grep -laF "TTRPC_ADDRESS=${mark('$folder')}" /proc/[0-9]*/environ); do
      pid=\${marked#/proc/}; end "\${pid%/environ}"
    done
    for group in $(groups); do
      echo THAWED > "$group/freezer.state"
      echo 0 > "$group/cgroup.freeze"
      for pid in $(cat "$group/cgroup.procs"); do end "$pid"; done
    done
    sleep 0.05
  done
  for mount in $(awk -v f="$folder/" 'index($5, f) == 1 { print $5 }' /proc/self/mountinfo | sort -r); do
    umount -l "$mount"
  done
  for round in 1 2 3 4 5 6 7 8; do
    groups -exec rmdir {} +
    [ -z "$(groups)" ] && break
    sleep 0.1
  done
  [ -f "$folder/address" ] && rm -f "$(cat "$folder/address")"
  rm -rf "$folder"
} 2> /dev/null
`;
}

/** Nothing that ends the tester ends these: they are in a session of their own, too. */
const deaf = "trap '' INT TERM HUP;";

/** Sees to it that nothing is left of a tester's folder, however the tester ends. */
export class Janitor {
  readonly #folder: string;
  readonly #child: ChildProcess;

  constructor(folder: string) {
    this.#folder = folder;
    // Its input ends when this process does, by whatever signal.
    this.#child = spawn('sh', ['-c', `${deaf} cat > /dev/null; ${script(folder)}`], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#child.unref();
    (this.#child.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  }

  /** Removes everything now. */
  sweep(): void {
    const options = { stdio: 'ignore', detached: true } as const;
    spawnSync('sh', ['-c', `${deaf} ${script(this.#folder)}`], options);
    // Not before: should this process end meanwhile, the child sweeps, too.
    this.#child.kill('SIGKILL');
  }
}
