import { readFileSync, writeFileSync } from 'node:fs';

const scoreMax = 1_000;

/**
 * Makes the kernel prefer process `pid` to `parent` where memory runs out: its score is one more, at most 1000. What
 * containerd's service is protected by would else be inherited by every shim, and by what the shim runs.
 *
 * @throws Error where a process is gone
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/pkg/shim/util_unix.go
 */
export function adjustOomScore(pid: number, parent: number): void {
  const score = Math.min(Number(readFileSync(fileOf(parent), 'utf8')) + 1, scoreMax);
  try {
    writeFileSync(fileOf(pid), String(score));
  } catch (error) {
    // Without CAP_SYS_RESOURCE, as in a user namespace, it may not be lowered below what once was set.
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function fileOf(pid: number): string {
  return `/proc/${pid}/oom_score_adj`;
}
