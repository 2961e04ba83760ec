import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { type Validation, validate } from '../../conformance/log/validate.ts';
import { revisions } from '../../spec/index.ts';

/** An id as containerd has them. */
export const box = 'b0c5'.repeat(16);
export const exec = 'e7ec'.repeat(16);

/** A second of the hour in which every log of these tests was written. */
export type Second = number;
const two = (n: number): string => String(n).padStart(2, '0');
const clock = (second: Second): string => `${two(Math.floor(second / 60))}:${two(second % 60)}.5`;

/** An event: its topic, its fields as Go spells them, and when it was published. */
export interface Told {
  readonly topic: string;
  readonly event: Readonly<Record<string, unknown>>;
  readonly second: Second;
}

/** `told('exit', { pid: 7 }, 3)` of the container {@link box}, unless its fields name another. */
export function told(topic: string, event: Told['event'], second: Second): Told {
  return { topic, event: { container_id: box, ...event }, second };
}

/** A line of `ctr events`. */
export function printed({ topic, event, second }: Told, namespace = 'default'): string {
  return `2026-05-06 07:${clock(second)} +0000 UTC ${namespace} /tasks/${topic} ${JSON.stringify(event)}`;
}

/** RFC 3339, as JSON and journals have it. */
export const stamp = (second: Second): string => `2026-05-06T07:${clock(second)}Z`;

/** A container with one exec, from its create to its delete. */
export const course: readonly Told[] = [
  told('create', { bundle: '/run/b', rootfs: [{ type: 'overlay' }], io: { stdin: '' }, pid: 70 }, 1),
  told('start', { pid: 70 }, 2),
  told('exec-added', { exec_id: exec }, 3),
  told('exec-started', { exec_id: exec, pid: 77 }, 4),
  told('exit', { id: exec, pid: 77, exit_status: 3, exited_at: stamp(5) }, 5),
  told('exit', { id: box, pid: 70, exited_at: stamp(6) }, 6),
  told('delete', { pid: 70, exited_at: stamp(6) }, 7),
];

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-logs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** A path in the folder of this test file, which goes with it. */
export function pathOf(name: string): string {
  return join(folder, name);
}

/** A new file with this content. */
export function fileOf(content: string | Uint8Array, name = `log-${++files}`): string {
  const path = pathOf(name);
  writeFileSync(path, content);
  return path;
}

/** Judges files by `proposed`. */
export function judged(...paths: string[]): Promise<Validation> {
  const revision = revisions.find(({ slug }) => slug === 'proposed') ?? null;
  return validate(paths, { revision, breachesMax: 100 });
}

/** Judges lines by `proposed`. */
export function judgedLines(...lines: string[]): Promise<Validation> {
  return judged(fileOf(`${lines.join('\n')}\n`));
}
