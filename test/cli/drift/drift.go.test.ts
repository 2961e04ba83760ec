/** `npm run test:go`: the sources of containerd, as the Go module has them. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Drift, driftOf } from '../../../cli/drift/drift.ts';
import { type Mirrored, recordedOf } from '../../../cli/drift/mirrored.ts';
import { citationsOf, revisions } from '../../../spec/index.ts';
import { goModule } from '../../go/go.ts';
import { shimSpec } from '../shim-spec.ts';

const containerd = 'github.com/containerd/containerd/v2';
const service = 'cmd/containerd-shim-runc-v2/task/service.go';
const main = revisions.find(({ slug }) => slug === 'main');
const recorded = (main && recordedOf(main)) as Mirrored;

/** A copy of the newest release's modelled folders, to be changed. */
const copy = mkdtempSync(join(tmpdir(), 'shim-spec-drift-'));
let newest = '';
beforeAll(() => {
  newest = goModule(containerd, 'v2.3.4');
});
afterAll(() => rmSync(copy, { recursive: true }));

/** Edits a fresh copy. @returns what drifted */
function edited(edit: (text: string) => string): string[] {
  for (const folder of ['cmd/containerd-shim-runc-v2', 'pkg/shim'])
    cpSync(join(newest, folder), join(copy, folder), { recursive: true, mode: 0, force: true });
  const before = readFileSync(join(newest, service), 'utf8');
  const after = edit(before);
  expect(after).not.toBe(before);
  rmSync(join(copy, service), { force: true });
  writeFileSync(join(copy, service), after);
  return told(driftOf(recorded, copy));
}

function told(all: readonly Drift[]): string[] {
  return all.filter(({ outcome }) => outcome !== 'same').map(({ was, outcome }) => `${was.name} ${outcome}`);
}

/** A word that the lines of a step have to hold. */
const words: Readonly<Record<string, RegExp>> = {
  ShimLocksService: /s\.mu\.Lock\(\)/,
  ShimFindsContainer: /s\.getContainer/,
  ShimSubscribes: /s\.preStart|cinit/,
  ShimFindsProcess: /c\.Process\(/,
  ShimStartsProcess: /p\.Start\(/,
  RuncReturns: /runc\.NewContainer|container\.(?:Start|Delete)/,
  ShimCleansUp: /cleanup = func/,
  ShimStoresContainer: /s\.containers\[r\.ID\] = container/,
  ShimPublishesCreate: /TaskCreate/,
  ShimPublishesStart: /TaskStart|TaskExecStarted/,
  ShimUncounts: /runningExecs\[container\]--/,
  ShimHandlesStarted: /handleStarted = func/,
  ShimReplies: /^\s*return /,
  ShimAddsExec: /ReserveProcess/,
  ShimPublishesExecAdded: /TaskExecAdded/,
  ShimKills: /container\.Kill/,
  ShimEndsWait: /p\.Wait\(/,
  ShimShutsDown: /s\.shutdown\.Shutdown\(\)/,
  ShimDeletesProcess: /container\.Delete/,
  ShimForgetsContainer: /delete\(s\.containers, r\.ID\)/,
  ShimPublishesDelete: /TaskDelete/,
  ShimForgetsInitExit: /delete\(s\.containerInitExit/,
  ShimReceivesExit: /range s\.ec/,
  ShimKillsAll: /KillAll/,
  ShimHandlesInitExit: /s\.runningExecs\[c\]/,
  ShimSetsExited: /p\.SetExited/,
  ShimPublishesExit: /TaskExit/,
  ShimCounts: /s\.runningExecs\[c\]--/,
  ShimSendsCount: /ch <- /,
  ShimReceivesCount: /<-events/,
  ShimEndsInitExit: /defer func/,
  ShimForwards: /<-s\.events/,
  ShimRetries: /range l\.requeue/,
};

describe('shim-spec drift', () => {
  it('says nothing of containerd 2.3.4, and of 2.3.0 what 2.3.2 changed', () => {
    expect(shimSpec('drift', newest)).toMatchObject({ code: 0, err: '' });
    const older = goModule(containerd, 'v2.3.0');
    expect(told(driftOf(recorded, older))).toEqual(['service.Create changed']);
    const page = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
    expect(page).toContain(shimSpec('drift', older).out);
  });

  it('names the revision that older releases are', () => {
    const older = shimSpec('drift', goModule('github.com/containerd/containerd', 'v1.7.35'));
    expect([older.code, older.out]).toEqual([
      22,
      expect.stringMatching(
        /running-execs is closer to this code: \d+ of its .*try --revision running-execs\n$/,
      ),
    ]);
    expect(shimSpec('drift', goModule('github.com/containerd/containerd', 'v1.6.36')).out).toContain(
      'functions that it mirrors are the same here; try --revision running-execs',
    );
  });

  it('takes a comment, a moved function and one that is not modelled for no drift, and names one that is', () => {
    expect(edited((text) => text.replaceAll('// ', '// Note: '))).toEqual([]);
    expect(edited((text) => text.replace('func (s *service) Pids(', 'func (s *service) Pids2('))).toEqual([]);
    expect(edited((text) => text.replace('p.SetExited(e.Status)', 'p.SetExited(0)'))).toEqual([
      'service.handleProcessExit changed',
    ]);
    const [exits = ''] =
      /^func \(s \*service\) processExits[\s\S]*?^\}/m.exec(readFileSync(join(newest, service), 'utf8')) ??
      [];
    writeFileSync(join(copy, 'cmd/containerd-shim-runc-v2/task/exits.go'), `package task\n\n${exits}\n`);
    expect(edited((text) => text.replace(exits, ''))).toEqual([]);
  });

  it('cites for each step of main lines that hold what it does', () => {
    const lines = new Map(
      driftOf(recorded, newest).map(({ was, now }) => [
        `${was.file} ${was.from}`,
        (now?.from ?? 0) - was.from,
      ]),
    );
    const cited = main ? citationsOf(main) : [];
    expect(new Set(cited.map(({ step }) => step)).size).toBeGreaterThan(30);
    for (const { step, file, from, to } of cited) {
      const holder = recorded.functions.find(
        (each) => each.file === file && each.from <= to && from <= each.to,
      );
      const shift = lines.get(`${file} ${holder?.from}`) ?? 0;
      const text = readFileSync(join(newest, file), 'utf8')
        .split('\n')
        .slice(from - 1 + shift, to + shift)
        .join('\n');
      const word = words[step] ?? words[step.replace(/Fails|Crashes/, 'Returns')];
      expect(text, `${step}, ${file}:${from}-${to}`).toMatch(word ?? 'no word');
    }
  });
});
