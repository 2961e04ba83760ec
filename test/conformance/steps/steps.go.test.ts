import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildStepsShim, MutantError, requireGo, StepsBuildError } from '../../../bench/steps/build-shim.ts';
import { drive } from '../../../bench/steps/drive.ts';
import { mutants } from '../../../bench/steps/mutants.ts';
import { tryMutant } from '../../../bench/steps/try-mutant.ts';
import { judgeRecord } from '../../../conformance/steps/judge.ts';
import { readRecords } from '../../../conformance/steps/record.ts';
import { needDebian } from '../../debian.ts';
import { busyboxRootfs } from '../../reference/rootfs.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-steps-go-'));
let rootfs = '';
beforeAll(() => {
  needDebian(['runc', 'busybox'], ['runc', 'busybox-static']);
  rootfs = busyboxRootfs();
});
afterAll(() => {
  for (const each of [folder, rootfs].filter(existsSync)) rmSync(each, { recursive: true });
});

const linesMin = 5_000;

describe('a shim that records its steps', () => {
  it('takes steps of main alone, whatever its clients do', async () => {
    const recorded = { binary: buildStepsShim(), rootfs, record: join(folder, 'steps') };
    const { end } = await drive(recorded, { seed: 7, linesMax: linesMin, clients: 4, cheap: 40 });
    const [record] = readRecords(readFileSync(recorded.record, 'utf8'), 'main');
    const judged = record && judgeRecord(record);
    expect([end, judged?.refusal]).toEqual(['ended', null]);
    expect(judged?.steps).toBeGreaterThan(linesMin);
    for (const kind of ['exited', 'wait4', 'send', 'receive'])
      expect(judged?.kinds.get(kind), kind).toBeGreaterThan(10);
  });

  it('is given away by a mistake in each function', async () => {
    const byFunction = new Map(mutants.map((mutant) => [mutant.in, mutant]));
    const chosen = [...byFunction.values()].filter(({ in: name }) => name !== 'send');
    const edits = chosen.map(({ in: name, changes }) =>
      changes.map(([old, becomes]) => ({ in: name, old, new: becomes })),
    );
    const binary = buildStepsShim({ mutants: edits });
    for (const [i, mutant] of chosen.entries())
      expect(await tryMutant({ binary, rootfs }, mutant, i + 1, 1)).toMatchObject({ outcome: 'rejected' });
  });

  it('is not built of an edit that does not compile, or does not fit', () => {
    const build = (old: string, becomes: string): string =>
      buildStepsShim({ mutants: [[{ in: 'Exec', old, new: becomes }]] });
    expect(() => build('return empty, nil', 'return (')).toThrow(/expected/);
    expect(() => build('no such text', '')).toThrow(/has this text 0 times/);
    expect(() => build('return empty, nil', 'return nothing, nil')).toThrow(MutantError);
  });

  it('says what to do where Go is too old, or the module cannot be had', () => {
    expect(() => requireGo('module x\n\ngo 1.26.6\n', 'v2.4.2', '1.24.1')).toThrow(
      /got 1\.24\.1, allowed 1\.26\.6 or newer/,
    );
    expect(() => requireGo('module x\n\ngo 1.26.6\n', 'v2.4.2', '1.26.10')).not.toThrow();
    const attempt = (): string => buildStepsShim({ version: 'v2.999.0' });
    expect(attempt).toThrow(StepsBuildError);
    expect(attempt).toThrow(/cannot be had .*: run 'go mod download -json github\.com/);
  });
});
