import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { shimSpec } from './shim-spec.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-validate-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function logOf(...lines: string[]): string {
  const file = join(folder, `log-${++files}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

const stamp = '2026-11-24 04:00:00.123456789 +0000 UTC';
const printed = (topic: string, event: object, namespace = 'default'): string =>
  `${stamp} ${namespace} /tasks/${topic} ${JSON.stringify(event)}`;
const course = [
  printed('create', { container_id: 'c1', bundle: '/b', pid: 10 }),
  printed('start', { container_id: 'c1', pid: 10 }),
  printed('exec-added', { container_id: 'c1', exec_id: 'e1' }),
  printed('exec-started', { container_id: 'c1', exec_id: 'e1', pid: 11 }),
  printed('exit', { container_id: 'c1', id: 'e1', pid: 11, exited_at: stamp }),
  printed('exit', { container_id: 'c1', id: 'c1', pid: 10, exit_status: 137, exited_at: stamp }),
  printed('delete', { container_id: 'c1', pid: 10, exit_status: 137, exited_at: stamp }),
];

describe('shim-spec validate', () => {
  it('accepts what ctr events prints', () => {
    const { code, out } = shimSpec('validate', logOf(...course));
    expect(out).toContain('7 events of 1 container');
    expect(out).toContain('no rule is broken');
    expect(code).toBe(0);
  });

  it('accepts events as JSON lines, the event an object or a text', () => {
    const json = course.map((line, i) => {
      const [, topic = '', event = ''] = /(\/tasks\/\S+) (.*)$/.exec(line) ?? [];
      return i % 2 === 0
        ? JSON.stringify({
            timestamp: stamp,
            namespace: 'default',
            topic,
            event: JSON.parse(event) as object,
          })
        : JSON.stringify({ Timestamp: stamp, Namespace: 'default', Topic: topic, Event: event });
    });
    expect(shimSpec('validate', logOf(...json)).code).toBe(0);
  });

  it('names the event that no behaviour explains, the rule, and the nearest log that is allowed', () => {
    const swapped = [...course.slice(0, 3), course[4] ?? '', course[3] ?? '', ...course.slice(5)];
    const { code, out } = shimSpec('validate', logOf(...swapped));
    expect(code).toBe(32);
    expect(out).toContain('✗ start precedes exit (MUST), c1/e1, line 4');
    expect(out).toContain('▶ 04:00:00.123456  exit c1/e1 pid 11 status 0  line 4');
    expect(out).toContain("proposed allows here: exec-started, the init's exit");
    expect(out).toContain("−the exec's exit, exec-started, ↷the exec's exit");
    const page = shimSpec('validate', logOf(...swapped), '--format', 'html').out;
    expect(page).toContain('<tspan dx="8" class="bad">✗ start precedes exit</tspan>');
    expect(page).toContain('proposed allows here');
    expect(page).not.toMatch(/(?:src|<link)[^>]*http/);
  });

  it('shows an exit that is lost by the delete of its container', () => {
    const { code, out } = shimSpec('validate', logOf(...course.slice(0, 4), ...course.slice(5)));
    expect(code).toBe(32);
    expect(out).toContain('✗ no exit is lost (MUST), c1/e1, line 6');
    expect(out).toContain('▶ 04:00:00.123456  delete c1 pid 10 status 137  line 6');
    expect(out).not.toContain('delete c1/e1');
    expect(out.match(/exec-added c1\/e1/g)).toHaveLength(1);
  });

  it('says whether a revision has the log, and which others have', () => {
    const late = logOf(...course.slice(0, 4), course[5] ?? '', course[4] ?? '', course[6] ?? '');
    const other = shimSpec('validate', late, '--spec', 'proposed').out;
    expect(other).toContain('this log is not a behaviour of proposed (1 container)\n');
    expect(other).toContain(
      'revisions that allow it: big-lock, early-exits, mu-locked, pending-execs, defer-init-only\n',
    );
    const own = shimSpec('validate', late, '--spec', 'mu-locked').out;
    expect(own).toContain('this log is a behaviour of mu-locked\n');
    expect(shimSpec('validate', late, '--spec', 'running-execs').out).toContain(
      'this log is not a behaviour of running-execs (1 container), unless a client added an exec before',
    );
  });

  it('takes a log that begins in the middle, has other topics and namespaces, and ends early', () => {
    const partial = [
      ...course.slice(3, 5),
      `${stamp} default /containers/update {"id":"c1"}`,
      printed('create', { container_id: 'c1', pid: 5 }, 'k8s.io'),
      printed('start', { container_id: 'c1', pid: 5 }, 'k8s.io'),
    ];
    const { code, out } = shimSpec('validate', logOf(...partial));
    expect(code).toBe(0);
    expect(out).toContain('1 container was created before the log begins');
    expect(out).toContain('had not exited when the log ended');
    expect(out).toContain('1 line of other topics');
    const one = shimSpec('validate', logOf(...partial), '--namespace', 'k8s.io');
    expect(one.out).toContain('2 events of 1 container');
  });

  it('takes no event whose pid is no number, and shows no control character', () => {
    const odd = course.map((line) => line.replaceAll('"c1"', '"c\\u001b[31m"'));
    const { out } = shimSpec('validate', logOf(...odd.slice(0, 4), ...odd.slice(5)));
    expect(out).toContain('c\uFFFD[31m/e1');
    expect(out).not.toContain('\u001b');
    const pidless = shimSpec(
      'validate',
      logOf(...course.map((line) => line.replace(/"pid":\d+/, '"pid":"x"'))),
    );
    expect(pidless.out).toContain('unparsable lines');
    expect(pidless.out).not.toContain('name one pid');
  });

  it('does not call a log good that it could not read, or that has no events', () => {
    expect(shimSpec('validate', logOf(...course, 'torn {"container')).code).toBe(31);
    expect(shimSpec('validate', logOf(`${stamp} default /containers/create {"id":"c1"}`)).code).toBe(31);
    const { code, err } = shimSpec('validate', logOf('once upon a time'));
    expect(code).toBe(151);
    expect(err).toContain('holds no events (got line 1: once upon a time');
    expect(shimSpec('validate', join(folder, 'missing')).code).toBe(151);
    const empty = mkdtempSync(join(folder, 'empty-'));
    expect(shimSpec('validate', empty).code).toBe(151);
    expect(shimSpec('validate', '/dev/zero').err).toContain('got a device, allowed');
  });

  it('takes the record of the reference shim through the reducer again', () => {
    const begin = [
      { type: 'Admit', container: 'c1', sharedPidNamespace: false },
      { type: 'Admit', call: 'create c1' },
      { type: 'ClientCreates', call: 'create c1' },
      { type: 'ShimBeginsCreate', call: 'create c1' },
      { type: 'Admit', pid: 77 },
      { type: 'RuncForks', call: 'create c1', pid: 77 },
      { type: 'RuncReturns', call: 'create c1' },
      { type: 'ShimAnnounces', call: 'create c1' },
    ].map((action) => JSON.stringify(action));
    const good = shimSpec('validate', logOf(...begin));
    expect([good.code, good.out.includes('1 event of 1 container')]).toEqual([0, true]);
    const bad = shimSpec(
      'validate',
      logOf(...begin, JSON.stringify({ type: 'ShimAnnounces', call: 'create c1' })),
    );
    expect(bad.code).toBe(32);
    expect(bad.out).toContain('the reducer does not allow line 9');
    expect(shimSpec('validate', logOf('', ...begin)).code).toBe(0);
    const torn = shimSpec('validate', logOf(...begin, '{"type":"ShimReplies","ca'));
    expect([torn.code, torn.out.includes('not judged: line 9 is no whole action')]).toEqual([31, true]);
    expect(shimSpec('validate', logOf(...begin, '{"type":"Nonsense"}')).code).toBe(31);
    const late = shimSpec('validate', logOf(...begin.slice(3)));
    expect([late.code, late.out.includes('not judged: line 1 is about a container')]).toEqual([31, true]);
  });
});
