import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { recordedOf } from '../../../cli/drift/mirrored.ts';
import { citationsOf, commitOf, revisions } from '../../../spec/index.ts';
import { shimSpec } from '../shim-spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-drift-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder with one file of containerd. */
function checkout(name: string, file: string, text: string): string {
  const path = join(folder, name, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return join(folder, name);
}

const service = 'cmd/containerd-shim-runc-v2/task/service.go';

describe('shim-spec drift', () => {
  it('has on record every line that a revision cites, at the commit of its tree', () => {
    const upstreams = revisions.filter((each) => commitOf(each) !== null);
    expect(upstreams).toHaveLength(7);
    for (const revision of upstreams) {
      const recorded = recordedOf(revision);
      expect(recorded?.commit).toBe(commitOf(revision));
      for (const { step, file, from, to } of citationsOf(revision)) {
        const holding = recorded?.functions.filter(
          (each) => each.file === file && each.from <= to && from <= each.to && each.steps.includes(step),
        );
        expect(
          holding,
          `${revision.slug}: ${step} cites ${file}:${from}-${to}: run npm run mirrored`,
        ).not.toEqual([]);
      }
    }
  });

  it('names what is gone', () => {
    const { code, out } = shimSpec('drift', checkout('gone', service, 'package task\n'));
    expect(code).toBe(22);
    expect(out).toMatch(/^service\.processExits is gone\n {2}was {6}cmd\/\S+service\.go:\d+-\d+\n/m);
    expect(out).toMatch(/(\d+) of the \1 functions that main mirrors/);
  });

  it('says how to read the history of a checkout, and nothing of that in a module, which has none', () => {
    expect(shimSpec('drift', checkout('module', service, 'package task\n')).out).not.toContain('git log');
    const clone = checkout('clone', service, 'package task\n\nfunc (s *service) Create() {\n}\n');
    mkdirSync(join(clone, '.git'));
    const { out } = shimSpec('drift', clone);
    expect(out).toContain(`git log -L ':Create:${service}' 301026e58c61..`);
    expect(out).toContain("git log -S 'processExits(' 301026e58c61.. -- '*.go'");
  });

  it('names no other revision where none is closer', () => {
    const gone = checkout('far', service, 'package task\n');
    expect(shimSpec('drift', gone).out).not.toContain('closer');
    expect(JSON.parse(shimSpec('drift', gone, '--format', 'json').out)).toMatchObject({ closer: null });
  });

  it('prints JSON', () => {
    const { out } = shimSpec('drift', checkout('json', service, 'package task\n'), '--format', 'json');
    const { functions } = JSON.parse(out) as { functions: { outcome: string; was: { steps: string[] } }[] };
    expect(functions.map(({ outcome }) => outcome)).toEqual(functions.map(() => 'gone'));
    expect(functions.flatMap(({ was }) => was.steps)).toContain('ShimKillsAll');
  });

  it.each([
    ['a folder of something else', () => folder, 'a folder without these'],
    ['no folder', () => join(folder, 'none'), 'nothing there'],
    ['a file', () => join(checkout('file', service, ''), service), 'a file'],
    ['a file that is no Go', () => checkout('text', service, 'hello'), 'got no package clause'],
    [
      'a folder where a file has to be',
      () => checkout('deep', `${service}/x.go`, 'package x'),
      'got a folder',
    ],
  ])('refuses %s', (_, make, got) => {
    const { code, out, err } = shimSpec('drift', make());
    expect([code, out]).toEqual([151, '']);
    expect(err).toContain(got);
  });

  it('refuses a revision that mirrors nothing', () => {
    const { code, err } = shimSpec('drift', folder, '--revision', 'proposed');
    expect([code, err]).toEqual([150, expect.stringContaining('proposed mirrors no Go code')]);
  });
});
