import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { judgeRecord, type Refusal } from '../../../conformance/steps/judge.ts';
import { readRecords, type StepLine } from '../../../conformance/steps/record.ts';
import { main, shimSpec } from '../../cli/shim-spec.ts';

// What containerd's shim of 2.4.2 recorded of itself: npm run steps, seed 34. Three containers in shared pid namespaces.
const small = fileURLToPath(new URL('../../../docs/guides/small.steps', import.meta.url));
const text = readFileSync(small, 'utf8');
const [header = '', ...lines] = text.trimEnd().split('\n');
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-steps-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Judges the record after a change of its lines; their numbers follow. */
function refusalOf(change: (lines: StepLine[]) => StepLine[]): Refusal | null {
  const changed = change(lines.map((line) => JSON.parse(line) as StepLine));
  const numbered = changed.map((line, n) => JSON.stringify(line.k === 'over' ? line : { ...line, n }));
  const [record] = readRecords(`${[header, ...numbered].join('\n')}\n`, 'main');
  return record ? judgeRecord(record).refusal : null;
}

/** Without the first line that is like this. */
function without(is: (line: StepLine) => boolean): (all: StepLine[]) => StepLine[] {
  return (all) => {
    const i = all.findIndex(is);
    expect(i).toBeGreaterThan(-1);
    return all.filter((_, j) => j !== i);
  };
}

describe('judgeRecord', () => {
  it('accepts what a real shim did', () => {
    const [record] = readRecords(text, 'main');
    const judged = record && judgeRecord(record);
    expect(judged).toMatchObject({ refusal: null, steps: lines.length, containers: 3 });
    for (const kind of ['wait4', 'lifecycleMu', 'mu', 'send', 'publish', 'exited', 'count', 'receive count'])
      expect(judged?.kinds.get(kind), kind).toBeGreaterThan(0);
  });

  it.each<[string, (all: StepLine[]) => StepLine[]]>([
    ['a send is left out', without(({ k, topic }) => k === 'send' && topic === 'exit')],
    ['a send comes twice', (all) => all.flatMap((line) => (line.topic === 'start' ? [line, line] : [line]))],
    ['a section is left out', without(({ k, f }) => k === 'lifecycleMu' && f === 'processExits')],
    ['a lock is not taken', without(({ k, f }) => k === 'mu' && f === 'Create')],
    ['a process is not set exited', without(({ k }) => k === 'exited')],
    [
      'what it names was never made',
      (all) => all.map((line) => (line.k === 'receive count' ? { ...line, c: 'c99' } : line)),
    ],
    ['an exit is not received', without(({ k }) => k === 'receive')],
    ['an event is not published', without(({ k }) => k === 'publish')],
    ['a count is not sent', without(({ k }) => k === 'count')],
    ['a call returns without its steps', without(({ k, topic }) => k === 'send' && topic === 'create')],
    [
      'a pid is another',
      (all) => all.map((line) => (line.k === 'send' && line.topic === 'start' ? { ...line, pid: 1 } : line)),
    ],
    [
      'a table has another row',
      (all) =>
        all.map((line) =>
          line.f === 'processExits'
            ? { ...line, changed: { ...line.changed, running: { 7: ['c9'] } } }
            : line,
        ),
    ],
    [
      'the shim died',
      (all) => [
        ...all.slice(
          0,
          all.findIndex(({ k }) => k === 'exited'),
        ),
        { k: 'over', how: 'died' } as StepLine,
      ],
    ],
  ])('rejects a record in which %s', (_, change) => {
    expect(refusalOf(change)).not.toBeNull();
  });

  it('rejects what stands in another order', () => {
    const refusal = refusalOf((all) => {
      const i = all.findIndex(({ k, topic }) => k === 'send' && topic === 'create');
      const j = all.findIndex(({ k, f }) => k === 'lifecycleMu' && f === 'preStart.handleStarted');
      const [sent, handled] = [all[i], all[j]] as [StepLine, StepLine];
      return all.map((line, at) => (at === i ? handled : at === j ? sent : line));
    });
    expect(refusal).toMatchObject({ place: 'send TaskCreate' });
    expect(refusal?.allowed.map(({ text: told }) => told)).toEqual([expect.stringContaining('TaskCreate')]);
  });
});

describe('a Start of an exec that is being deleted', () => {
  const exec = { c: 'c2', e: 'e9' };
  const called = (g: number, m: string): object[] => [
    { g, k: 'call', m, ...exec },
    { g, k: 'mu', f: 'getContainer', changed: {} },
  ];
  const added = [
    ...called(901, 'exec'),
    { g: 901, k: 'add', ...exec, ok: true },
    { g: 901, k: 'send', topic: 'exec-added', ...exec, pid: 0 },
    { g: 901, k: 'return', ok: true },
    { g: 28, k: 'publish', topic: 'exec-added', ...exec, pid: 0 },
    ...called(902, 'wait'),
    { g: 902, k: 'find', ...exec, ok: true },
    ...called(903, 'delete'),
    { g: 903, k: 'find', ...exec, ok: true },
    { g: 903, k: 'begin', m: 'Delete', ...exec },
    { g: 903, k: 'end', m: 'Delete', ...exec, ok: true, pid: 0 },
  ];
  const takenOut = [
    { g: 903, k: 'remove', ...exec },
    { g: 903, k: 'return', ok: true, pid: 0 },
  ];
  const started = [
    ...called(904, 'start'),
    {
      g: 904,
      k: 'lifecycleMu',
      f: 'Start',
      changed: { exitSubscribers: { 900: {} }, runningExecs: { c2: 1 } },
    },
    { g: 904, k: 'find', ...exec, ok: true },
    { g: 904, k: 'begin', m: 'Start', ...exec },
    { g: 904, k: 'end', m: 'Start', ...exec, ok: false, pid: 0 },
    { g: 904, k: 'lifecycleMu', f: 'Start', changed: { runningExecs: { c2: 0 } } },
    { g: 904, k: 'lifecycleMu', f: 'preStart.handleStarted', changed: { exitSubscribers: { 900: null } } },
    { g: 904, k: 'return', ok: false, pid: 0 },
  ];
  const withLines = (...more: object[]): Refusal | null =>
    refusalOf((all) => {
      const i = all.findIndex(({ k, m, c }) => k === 'call' && m === 'exec' && c === exec.c);
      return [...all.slice(0, i), ...(more as StepLine[]), ...all.slice(i)];
    });

  // The shim of 2.4.2 did so once in a million steps: its Wait goes on, for nothing has let it go.
  it('is accepted while the exec is not taken out of its container', () => {
    expect(withLines(...added, ...started, ...takenOut)).toBeNull();
  });

  it('is rejected once it is', () => {
    expect(withLines(...added, ...takenOut, ...started)).toMatchObject({
      line: { k: 'find' },
      thread: expect.stringContaining('start c2/e9'),
    });
  });
});

describe('shim-spec validate --steps', () => {
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };

  it('says what it has accepted, and how many', () => {
    const { code, out } = shimSpec('validate', '--steps', small);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/^accepted: \d+ steps of a shim with 3 containers/),
    ]);
    const json = shimSpec('validate', '--steps', small, '--format', 'json');
    expect(JSON.parse(json.out)).toMatchObject({ steps: lines.length, refusal: null, shims: 1 });
  });

  it('reads standard input', () => {
    const read = (input: string): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [main, 'validate', '--steps', '-'], { input, encoding: 'utf8' });
    expect(read(text)).toMatchObject({ status: 0, stdout: expect.stringMatching(/^accepted: \d+ steps/) });
    expect(read('')).toMatchObject({ status: 151, stderr: expect.stringContaining('standard input: ') });
  });

  it('escapes the bytes of a binary file, and says where a record comes from', () => {
    const bytes = String.fromCharCode(0x7f, 0x9b, 0x202e, 0xfffd);
    const { err } = shimSpec('validate', '--steps', file('binary', bytes));
    expect(err).toContain('(got "\\u007f\\u009b\\u202e\\ufffd", allowed');
    expect(err).toContain('docs/guides/small.steps');
  });

  it('takes several shims in one file', () => {
    const { code, out } = shimSpec('validate', '--steps', file('two', text + text));
    expect([code, out]).toEqual([0, expect.stringContaining('2 shims with 6 containers')]);
  });

  it('shows the first step that is none, and what was allowed', () => {
    const cut = lines.filter((line) => !/"k":"mu","f":"Create"/.test(line));
    const renumbered = cut.map((line, n) => line.replace(/^\{"n":\d+/, `{"n":${n}`));
    const { code, out } = shimSpec(
      'validate',
      '--steps',
      file('cut', `${[header, ...renumbered].join('\n')}\n`),
    );
    expect(code).toBe(32);
    expect(out).toMatch(/^rejected at line \d+, after \d+ steps/);
    expect(out).toMatch(/allowed:\n.*s\.containers\[r\.ID\].*https:\/\/github\.com\/containerd/s);
  });

  it.each<[string, () => string[], number, RegExp]>([
    ['no file', () => [join(folder, 'none')], 151, /no such file or folder/],
    ['an empty file', () => [file('empty', '')], 151, /no record of steps \(got nothing/],
    [
      'a log of events',
      () => [file('log', '2026-11-30 default /tasks/exit {}\n')],
      151,
      /no record of steps/,
    ],
    ['JSON of something else', () => [file('json', '{"a":1}\n')], 151, /no record of steps/],
    ['a list without an end of line', () => [file('list', '[]')], 151, /no record of steps \(got "\[\]"/],
    ['a torn first line', () => [file('begin', '{"record":"shim')], 151, /line 1 is torn/],
    ['a torn record', () => [file('torn', text.slice(0, 5_000))], 151, /line \d+ is torn/],
    [
      'one without its end',
      () => [file('end', `${[header, ...lines.slice(0, 9)].join('\n')}\n`)],
      151,
      /without its last line/,
    ],
    [
      'one with a line that is lost',
      () => [file('lost', text.replace(/\{"n":7,.*\n/, ''))],
      151,
      /got step 8, allowed 7/,
    ],
    [
      'one of another format',
      () => [file('format', text.replace('steps 1', 'steps 9'))],
      151,
      /another format/,
    ],
    [
      'one of another revision',
      () => [file('other', text.replace('"main"', '"early-exits"'))],
      151,
      /of another revision \(got early-exits/,
    ],
    [
      'a revision of which none is recorded',
      () => [small, '--revision', 'early-exits'],
      150,
      /no steps are recorded of early-exits/,
    ],
    ['a log beside it', () => [small, 'events.log'], 150, /one file/],
    ['a page', () => [small, '--format', 'html'], 150, /allowed text or json/],
  ])('refuses %s', (_, args, expected, says) => {
    const { code, err } = shimSpec('validate', '--steps', ...args());
    expect([code, err]).toEqual([expected, expect.stringMatching(says)]);
  });

  it('refuses nothing at all, and --revision of a log', () => {
    expect(shimSpec('validate')).toMatchObject({
      code: 150,
      err: expect.stringContaining('nothing to judge'),
    });
    expect(shimSpec('validate', 'x', '--revision', 'main')).toMatchObject({
      code: 150,
      err: expect.stringContaining('--spec main'),
    });
  });
});
