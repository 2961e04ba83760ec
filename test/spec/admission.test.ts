import { describe, expect, it } from 'vitest';
import { type Dispatched, type Event, emptyState, type Proposed, stepped } from '../../spec/index.ts';

/** Takes actions through the reducer of the reference shim, each of which has to be enabled. */
function run(actions: readonly Dispatched[], from: Proposed = emptyState()): Proposed {
  return actions.reduce<Proposed>(
    (s, action) => stepped(s, action) ?? expect.fail(JSON.stringify(action)),
    from,
  );
}

function topics({ events }: Proposed): Event['topic'][] {
  return (events ?? []).map(({ topic }) => topic);
}

const pid = 100;
const create = 'create c1';
const start = 'start c1';
const news = { type: 'KernelKillsForMemory', process: 'c1', isTold: true } as const;
const look = { type: 'ShimLooksForOom', process: 'c1' } as const;
/** A container whose init runs. */
const running: readonly Dispatched[] = [
  { type: 'Admit', container: 'c1', sharedPidNamespace: false },
  { type: 'Admit', call: create },
  { type: 'ClientCreates', call: create },
  { type: 'ShimBeginsCreate', call: create },
  { type: 'Admit', pid },
  { type: 'RuncForks', call: create, pid },
  { type: 'Retire', past: pid },
  { type: 'RuncReturns', call: create },
  { type: 'ShimAnnounces', call: create },
  { type: 'ShimReplies', call: create },
  { type: 'ClientStarts', call: start },
  { type: 'ShimFindsContainer', call: start },
  { type: 'ShimBeginsStart', call: start },
  { type: 'RuncReleasesInit', call: start },
];
const started: readonly Dispatched[] = [
  { type: 'RuncReturns', call: start },
  { type: 'ShimAnnounces', call: start },
];
const ended: readonly Dispatched[] = [
  { type: 'ProcessExits', process: 'c1' },
  { type: 'ShimReaps', process: 'c1' },
];

describe('the reducer in a real shim', () => {
  it('holds each exit until it was told of a look at the memory', () => {
    const waiting = run([...running, ...started, ...ended]);
    expect(topics(waiting)).toEqual(['create', 'start']);
    expect(waiting.processes.c1?.waitBlock).toBe('open');
    expect(topics(run([look], waiting))).toEqual(['create', 'start', 'exit']);
    expect(topics(run([news, look], waiting))).toEqual(['create', 'start', 'oom', 'exit']);
    expect(stepped(run([look], waiting), look)).toBeNull();
  });

  it('tells of the memory after the start, each time that the kernel does, and of no container that is gone', () => {
    const early = run([...running, news]);
    expect(stepped(early, look)).toBeNull();
    const twice = run([...started, look, news, look], early);
    expect(topics(twice)).toEqual(['create', 'start', 'oom', 'oom']);
    expect(stepped(run([{ type: 'Retire', process: 'c1' }], twice), news)).toBeNull();
  });

  it('takes no call once it has ended', () => {
    const shutdown = 'shutdown shim';
    const over = run([
      { type: 'Admit', call: shutdown },
      { type: 'ClientShutsDown', call: shutdown },
      { type: 'ShimShutsDown', call: shutdown },
      { type: 'Admit', container: 'c1', sharedPidNamespace: false },
      { type: 'Admit', call: create },
    ]);
    expect(over.processExits.pc).toBe('ended');
    expect(stepped(over, { type: 'ClientCreates', call: create })).toBeNull();
  });
});
