import { readFileSync, writeFileSync } from 'node:fs';

const scoreMax = 1_000;

/**
 * Makes the kernel kill process `pid` before `parent` when memory runs out: its score is one higher, at most 1000.
 *
 * Why: otherwise every shim, and what it runs, would inherit the low score that protects containerd.
 *
 * @throws Error where one of them has ended
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/pkg/shim/util_unix.go
 */
export function adjustOomScore(pid: number, parent: number): void {
  const score = Math.min(Number(readFileSync(scoreFile(parent), 'utf8')) + 1, scoreMax);
  try {
    writeFileSync(scoreFile(pid), String(score));
  } catch (error) {
    // Without CAP_SYS_RESOURCE, as in a user namespace, no process may lower it below what was set once.
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function scoreFile(pid: number): string {
  return `/proc/${pid}/oom_score_adj`;
}
