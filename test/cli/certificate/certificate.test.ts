import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StateList } from '../../../cli/certificate/sets.ts';
import type { Claims, PlainModel } from '../../../cli/certificate/verifier.ts';
import { Verifier } from '../../../cli/certificate/verifier.ts';
import { findRevision } from '../../../render/find-revision.ts';
import { modelOf } from '../../../spec/index.ts';
import { bound } from '../../spec/bounds.ts';
import { shimSpec } from '../shim-spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-certificate-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'proposed.certificate');

/** A certificate, each state whole. */
interface Certificate {
  readonly header: Claims & Record<string, unknown>;
  readonly states: readonly (readonly unknown[])[];
}

let whole: Certificate;
beforeAll(() => {
  const run = shimSpec(
    'check',
    'proposed',
    '--execs',
    '0',
    '--with',
    'none',
    '--certificate',
    file,
    '--show',
    'none',
  );
  expect(run.err).toBe('');
  whole = certificateIn(readFileSync(file));
});

function certificateIn(bytes: Uint8Array): Certificate {
  const [header, ...lines] = gunzipSync(bytes)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const state: unknown[] = [];
  const states = lines.map((changes) => {
    for (let i = 0; i < changes.length; i += 2) state[changes[i]] = changes[i + 1];
    return [...state];
  });
  return { header, states };
}

/** Changes of one state after the other, as a certificate has them. */
function changesOf(states: Certificate['states']): unknown[][] {
  return states.map((state, n) =>
    state.flatMap((value, i) =>
      n > 0 && JSON.stringify(value) === JSON.stringify(states[n - 1]?.[i]) ? [] : [i, value],
    ),
  );
}

/** What is said of a certificate that differs from the whole one. */
function refusal({
  header = {},
  states = whole.states,
}: {
  header?: object;
  states?: Certificate['states'];
}): string {
  const claims = { ...whole.header, states: states.length, ...header };
  const model = modelOf(findRevision('proposed'), bound(1, 0)) as PlainModel;
  const verifier = new Verifier(model, claims, (ends) => new StateList(ends, claims.states));
  for (const changes of changesOf(states)) verifier.read(changes);
  verifier.verify({ sample: null, random: () => 0, goesOn: () => true });
  return 'nothing';
}

const refused = (change: Parameters<typeof refusal>[0]): string => {
  try {
    return refusal(change);
  } catch (error) {
    return (error as Error).message;
  }
};

/** What verify-certificate says of a file with this content. */
function saidOf(content: Uint8Array, ...flags: string[]): { status: number | null; said: string } {
  const other = join(folder, 'other.certificate');
  writeFileSync(other, content);
  const { code: status, out: stdout, err: stderr } = shimSpec('verify-certificate', other, ...flags);
  return { status, said: stdout + stderr };
}

const zipped = (header: object, states: Certificate['states'] = whole.states): Uint8Array =>
  gzipSync([header, ...changesOf(states)].map((line) => `${JSON.stringify(line)}\n`).join(''));

describe('check --certificate', () => {
  it('writes what verify-certificate confirms', () => {
    const { status, said } = saidOf(readFileSync(file));
    expect(said).toContain(`${whole.states.length} distinct states, the initial one among them`);
    expect(said).toContain('certified: no reachable state breaks a rule');
    expect(status).toBe(0);
  });

  it('writes none of a search that was cut short, and says so', () => {
    const none = join(folder, 'none.certificate');
    const {
      err: stderr,
      out: stdout,
      code: status,
    } = shimSpec('check', 'proposed', '--execs', '0', '--max-depth', '3', '--certificate', none);
    expect(stderr).toContain(
      'was not written (got a search that was stopped by depth, allowed a complete one)',
    );
    expect(stdout).toContain('proposed');
    expect(status).toBe(20);
    expect(() => readFileSync(none)).toThrow('ENOENT');
  });

  it('is refused where it cannot be written, and with a reduction', () => {
    for (const place of [join(folder, 'no', 'folder'), folder]) {
      const { code, out } = shimSpec('check', 'proposed', '--certificate', place);
      expect([code, out]).toEqual([151, '']);
    }
    const { err: stderr, code: status } = shimSpec(
      'check',
      'proposed',
      '--reduce',
      'symmetry',
      '--certificate',
      file,
    );
    expect(stderr).toContain('a certificate lists every state, as it is');
    expect(status).toBe(150);
  });
});

describe('a certificate', () => {
  it('is refused without any one of its states', () => {
    for (const [n] of whole.states.entries()) {
      const said = refused({ states: whole.states.toSpliced(n, 1) });
      expect(said).toMatch(
        n === 0 ? 'the initial state is none of its states' : /^it is not closed: state \d+ leads by /,
      );
    }
  });

  it('is refused with a state that breaks a rule, or from which a step leads out of it', () => {
    const ends = whole.header.ends.map((path) => path.join('.'));
    const changed = ends.map((end, i) => {
      const values = [...new Set(whole.states.map((state) => JSON.stringify(state[i])))];
      const last = whole.states.at(-1) as unknown[];
      const others = values.map((value) => last.with(i, JSON.parse(value)));
      return [end, others.map((other) => refused({ states: [...whole.states, other] }))] as const;
    });
    const all = new Set(changed.flatMap(([, said]) => said.map((each) => each.replace(/\d+.*/, ''))));
    // A state more that breaks nothing is no harm: what is shown of more states is shown of the reachable ones.
    expect([...all].toSorted()).toEqual(['it is not closed: state ', 'nothing', 'state ']);
    const said = changed.flatMap(([, each]) => each);
    expect(said.some((each) => /^state \d+ breaks '.+' \(.+\), which it says holds$/.test(each))).toBe(true);
    expect(
      said.some(
        (each) => each.includes('which it says holds') || each.includes('to a state that is none of them'),
      ),
    ).toBe(true);
  });

  it('is refused with a rule that does not hold, with other parts, and with states twice', () => {
    expect(refused({})).toBe('nothing');
    expect(refused({ header: { holds: ['what nobody asked'] } })).toBe(
      "'what nobody asked' is no rule of this model",
    );
    expect(refused({ header: { ends: whole.header.ends.slice(1) } })).toContain(
      'its states have other parts',
    );
    expect(refused({ states: [...whole.states, whole.states[3] as unknown[]] })).toBe(
      `state ${whole.states.length} is listed twice`,
    );
    expect(refused({ header: { states: 3 } })).toBe('it has more than the 3 states it says');
    expect(refused({ header: { states: 1e6 } })).toBe(
      `its states are not as many as it says (got ${whole.states.length}, it says 1000000)`,
    );
    expect(refused({ header: { states: 1e9 } })).toContain('it is too large');
  });

  it('is refused as a file that is torn, damaged, none, or of other code or another bound', () => {
    const bytes = readFileSync(file);
    for (const [content, status, said] of [
      [bytes.subarray(0, bytes.length / 2), 151, 'it is torn: it ends too early'],
      [new Uint8Array(0), 151, 'it is torn'],
      [Buffer.from('{}'), 151, 'it is damaged, or no certificate'],
      [Buffer.from(bytes).fill(7, 200, 260), 151, 'it is damaged, or no certificate'],
      [gzipSync('{}\n'), 151, 'no header of a certificate: it has no version 1'],
      [gzipSync('{'), 151, 'it is torn'],
      [gzipSync('{\n'), 151, 'a line that is no JSON'],
      [zipped({ ...whole.header, code: 'f00' }), 32, 'it is of other code of proposed (got f00'],
      [zipped({ ...whole.header, bound: bound(1, 1) }), 32, 'its states have other parts'],
      [zipped({ ...whole.header, bound: bound(1, 0, 'runcFails') }), 32, 'it is not closed: state '],
      [zipped({ ...whole.header, bound: { containers: 9 } }), 151, 'its bound is none'],
    ] as const) {
      const other = saidOf(content);
      expect(other.said).toContain(said);
      expect(other.said).toContain("write it anew with 'shim-spec check --certificate FILE'");
      expect(other.status).toBe(status);
    }
    const { err: stderr, code: status } = shimSpec('verify-certificate', join(folder, 'missing'));
    expect(stderr).toContain('no such file or folder');
    expect(status).toBe(151);
  });

  it('is not certified by a sample, which says its seed, nor for a rule that is broken', () => {
    const { status, said } = saidOf(readFileSync(file), '--sample', '10', '--seed', '3');
    expect(said).toContain(
      `not certified: only 10 of ${whole.states.length} states were expanded (a sample of 10, seed 3`,
    );
    expect(status).toBe(20);
    const part = saidOf(zipped({ ...whole.header, holds: whole.header.holds.slice(1) }));
    expect(part.said).toContain(`not certified: '${whole.header.holds[0]}'`);
    expect(part.status).toBe(20);
  });
});

describe('a certificate of the symbolic engine', () => {
  const diagram = join(folder, 'diagram.certificate');
  const write = (...flags: string[]): unknown =>
    shimSpec('check', 'proposed', '--execs', '1', '--engine', 'symbolic', '--certificate', diagram, ...flags);
  const linesOf = (): unknown[] =>
    gunzipSync(readFileSync(diagram))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const saidOfLines = (lines: readonly unknown[], ...flags: string[]): ReturnType<typeof saidOf> =>
    saidOf(gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join('')), ...flags);

  it('is a decision diagram of the states that the fast engine lists', () => {
    write();
    // A large one is sampled without being asked to, so a seed may come alone.
    const { status, said } = saidOf(readFileSync(diagram), '--seed', '3');
    const { out } = shimSpec('check', 'proposed', '--execs', '1', '--show', 'none');
    const [, states] = /complete: ([\d,]+) distinct states/.exec(out) ?? [];
    expect(said).toContain(`${states} distinct states, the initial one among them`);
    expect(said).toContain('certified: no reachable state breaks a rule');
    expect(status).toBe(0);
  });

  it('is refused with any node taken away or changed, but for more states that break nothing', () => {
    write();
    const [header, ...nodes] = linesOf() as [Certificate['header'], ...number[][]];
    const picked = fc.sample(fc.nat(nodes.length - 1), { numRuns: 40, seed: 7 });
    for (const n of picked) {
      const [value = 0, down = 0, right = 0] = nodes[n] as number[];
      for (const other of [[value + 1, down, right], [value, 1, right], [value, down, 0], ['x'], null]) {
        if (JSON.stringify(other) === JSON.stringify(nodes[n])) continue;
        const { status } = saidOfLines([header, ...nodes.with(n, other as number[])]);
        expect(status).toBe(32);
      }
    }
    expect(saidOfLines([header, ...nodes.slice(0, -1)]).said).toContain(
      'its states are not as many as it says',
    );
    expect(saidOfLines([{ ...header, diagram: { ends: [0], values: [], leftOut: [] } }]).status).toBe(151);
  });

  it('of a large set is not certified by its sample, which says its seed', () => {
    write('--with', 'delete,kill,wait,runc-fails,shutdown', '--reduce', 'unread');
    const { status, said } = saidOf(readFileSync(diagram), '--sample', '300', '--seed', '1');
    expect(said).toMatch(/not certified: only 300 of [\d,]+ states were expanded \(a sample of 300, seed 1/);
    expect(status).toBe(20);
  });

  it('names the parts that it leaves out, and certifies no whole without them', () => {
    write('--containers', '2', '--execs', '0', '--reduce', 'unread');
    const { status, said } = saidOf(readFileSync(diagram));
    expect(said).toMatch(/\d+ parts? of the state left out \(--reduce unread\); here filled at random/);
    expect(said).toContain('that no step and no rule reads it was tried at random, which is no proof');
    expect(status).toBe(20);
  });
});

describe('the verifier', () => {
  it('imports nothing, and has at most 300 lines', () => {
    const text = readFileSync(new URL('../../../cli/certificate/verifier.ts', import.meta.url), 'utf8');
    expect(text).not.toMatch(/\bimport\b(?!s nothing)|\brequire\b|\bfrom '/);
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(300);
  });
});
