import { afterAll, describe, expect, it } from 'vitest';
import { explore } from '../../checker/index.ts';
import { type Event, modelOf, revisions, type Service, tracedModelOf } from '../../spec/index.ts';
import { send } from '../../spec/log.ts';
import { isDeep } from '../depth.ts';
import { bound } from './bounds.ts';

const small = [
  bound(1, 1),
  bound(1, 0, 'delete'),
  bound(1, 0, 'again', 'runcFails'),
  bound(1, 0, 'reparented', 'pidReuse'),
];
const bounds = isDeep
  ? [
      ...small,
      bound(1, 1, 'sharedPidNamespace', 'execOnCreated'),
      bound(1, 1, 'reparented', 'pidReuse'),
      bound(1, 1, 'delete'),
      bound(1, 0, 'again', 'runcFails', 'delete'),
      bound(2, 0),
    ]
  : small;

/** The rules that look at the log alone, said anew over whole logs: which positions may not stand so. */
const rulesOverLogs: Record<string, (log: readonly Event[]) => boolean> = {
  'start precedes exit': (log) =>
    log.every((exit, i) => {
      if (exit.topic !== 'exit') return true;
      const starts = log.flatMap((e, j) => (e.process === exit.process && isStart(e) ? [j] : []));
      const isExec = exit.process.includes('/');
      return isExec
        ? starts.some((j) => j < i)
        : starts.every((j) => starts.some((first) => first < i && first <= j));
    }),
  'create precedes start': (log) =>
    log.every(
      (start, i) =>
        start.topic !== 'start' ||
        log.slice(0, i).some((e) => e.topic === 'create' && e.process === start.process),
    ),
  'create precedes exec-added': (log) =>
    log.every(
      (e, i) =>
        !e.process.includes('/') ||
        log.slice(0, i).some((create) => create.topic === 'create' && create.process === containerIn(e)),
    ),
  'exec-added precedes exec-started': (log) =>
    log.every(
      (e, i) =>
        e.topic !== 'exec-started' ||
        log.slice(0, i).some((added) => added.topic === 'exec-added' && added.process === e.process),
    ),
  'delete follows exit': (log) =>
    log.every((e, i) => {
      const before = log.slice(0, i).filter((other) => other.process === e.process);
      return (
        e.topic !== 'delete' ||
        before.some((o) => o.topic === 'exit') ||
        !before.some((o) => o.topic === 'start')
      );
    }),
  'nothing follows the delete': (log) =>
    log.every((e, i) => !log.slice(0, i).some((o) => o.topic === 'delete' && o.process === e.process)),
  'at most one exit per process': (log) =>
    log.every(
      (e, i) =>
        e.topic !== 'exit' || !log.slice(0, i).some((o) => o.topic === 'exit' && o.process === e.process),
    ),
  'an exit names a process that really died': (log) =>
    log.every((e) => e.topic !== 'exit' || e.of === e.process || e.of === 'foreign'),
  'no exit of a process that the shim did not start': (log) => log.every((e) => e.of !== 'foreign'),
  "an init's exit is the last of its container": (log) =>
    log.every(
      (exit, i) =>
        exit.topic !== 'exit' ||
        exit.process.includes('/') ||
        log.slice(i).every((e) => !isExecRun(e) || containerIn(e) !== exit.process),
    ),
};

const isStart = (e: Event): boolean => e.topic === 'start' || e.topic === 'exec-started';
const isExecRun = (e: Event): boolean =>
  e.process.includes('/') && (e.topic === 'exec-started' || e.topic === 'exit');
const containerIn = (e: Event): string => e.process.split('/')[0] ?? '';

/** The fold of a whole log, made in one go. */
function fold(log: readonly Event[], processes: readonly string[]): Service['published'] {
  const folded = { published: Object.fromEntries(processes.map((p) => [p, [] as string[]])), events: null };
  for (const event of log) send(folded, event);
  return folded.published;
}

describe('the fold of the events log', () => {
  const kept = new Set<string>();
  const broken = new Set<string>();
  afterAll(() => {
    expect([...kept].toSorted()).toEqual(Object.keys(rulesOverLogs).toSorted());
    expect(broken).toContain("an init's exit is the last of its container");
    expect(broken).toContain('at most one exit per process');
    expect(broken).toContain('no exit of a process that the shim did not start');
  });

  for (const revision of revisions) {
    for (const b of bounds) {
      const { containers, execs, ...options } = b;
      const on = Object.entries(options).flatMap(([name, isOn]) => (isOn ? [name] : []));
      it(`${revision.slug}: says of every log what the whole log says (${containers} × ${execs} ${on.join(', ')})`, () => {
        const model = tracedModelOf(revision, b);
        const search = explore(model);
        for (const state of search.states()) {
          const log = state.events ?? [];
          expect(fold(log, Object.keys(state.published))).toEqual(state.published);
          for (const property of search.report.model.properties) {
            const overLog = rulesOverLogs[property.name];
            if (!overLog) continue;
            const overFold = property.subjects.every((subject) => property.check(state, subject, state));
            (overFold ? kept : broken).add(property.name);
            expect(overFold, `${property.name} of ${JSON.stringify(log)}`).toBe(overLog(log));
          }
        }
        expect(search.report.stoppedBy).toBe(null);
      });
    }
    it(`${revision.slug}: has the same states whether the log is kept or not`, () => {
      const b = bound(1, 1, 'sharedPidNamespace');
      const whole = [...explore(tracedModelOf(revision, b)).states()].map((s) =>
        JSON.stringify({ ...s, events: null }),
      );
      const folded = [...explore(modelOf(revision, b)).states()].map((s) => JSON.stringify(s));
      expect(new Set(whole)).toEqual(new Set(folded));
    });
  }
});
