import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Gate, type Stage } from '../../conformance/shim/gate.ts';
import { Subject } from '../../conformance/shim/subject.ts';
import { until } from '../until.ts';

/** The reference shim, built. */
export const shim: string = fileURLToPath(new URL('../../dist/reference/main.sh', import.meta.url));

/** Runs `body` with a shim, not started yet, whose runtime has a gate that is open at first; nothing of both is left. */
export async function withGate(
  rootfs: string,
  body: (subject: Subject, gate: Gate) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-gated-'));
  const gate = new Gate(folder, 'runc');
  await gate.open();
  const subject = new Subject(shim, rootfs, { folder, runtime: gate.program, callTimeoutMs: 20_000 });
  try {
    await body(subject, gate);
  } finally {
    await gate.open();
    await subject.end();
  }
}

/** Waits until a call of the runtime stands at the gate. */
export async function arrival(gate: Gate, call: string, stage: Stage): Promise<void> {
  await until(`${call} at the gate, ${stage}`, () => gate.isHeld(call, stage));
}
