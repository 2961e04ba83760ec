import { readFileSync, writeFileSync } from 'node:fs';

const scoreFile = '/proc/self/oom_score_adj';
const scoreMax = 1_000;

/**
 * Makes the kernel kill this process before its caller when memory runs out: the score that it has inherited becomes one
 * higher, at most 1000.
 *
 * Why: otherwise every shim, and what it runs, would keep the low score that protects containerd.
 *
 * @source https://github.com/containerd/containerd/blob/301026e58c619e63d09c0ec411012e54c0124b03/pkg/shim/util_unix.go
 */
export function raiseOomScore(): void {
  const score = Math.min(Number(readFileSync(scoreFile, 'utf8')) + 1, scoreMax);
  try {
    writeFileSync(scoreFile, String(score));
  } catch (error) {
    // Without CAP_SYS_RESOURCE, as in a user namespace, no process may lower it below what was set once.
    if (!['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
