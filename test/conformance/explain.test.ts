import { describe, expect, it } from 'vitest';
import { StateGraph } from '../../checker/index.ts';
import { explain, type Sighting } from '../../conformance/checks/explain.ts';
import { unexplainedIn } from '../../conformance/checks/unexplained.ts';
import type { Conductor } from '../../conformance/shim/conductor.ts';
import { Timeline } from '../../conformance/shim/timeline.ts';
import { type AnyAction, type Event, observedModelOf, type Revision, revisions } from '../../spec/index.ts';
import { runs } from '../depth.ts';
import { fc, test } from '../random.ts';
import { bound } from '../spec/bounds.ts';

const proposed = revisions.find(({ slug }) => slug === 'proposed') as Revision;
const b = bound(1, 1, 'delete', 'runcFails', 'execOnCreated', 'wait', 'kill');

const graph = new StateGraph(observedModelOf(proposed, b));
const eventsOf = graph.reader(['events']) as (number: number) => readonly Event[];

/** What an observer sees of a random run: calls as they are sent, replies and events some time after they happened. */
function sightingsOf(choices: readonly number[], delays: readonly number[]): Sighting[] {
  let at = 0;
  const waiting: Sighting[] = [];
  const seen: Sighting[] = [];
  for (const [i, choice] of choices.entries()) {
    const edges = graph.edges(at);
    const edge = edges[choice % Math.max(edges.length, 1)];
    if (!edge) break;
    const action = graph.model.actions[edge.action] as AnyAction;
    const { type, call = '' } = action;
    if (type.startsWith('Client')) seen.push({ kind: 'call', call });
    for (const event of eventsOf(edge.to)) waiting.push({ kind: 'event', event });
    const [before, after] = [at, edge.to].map((number) => graph.state(number).calls[call]?.pc);
    if (before !== after && ['answered', 'refused'].includes(after ?? ''))
      waiting.push({ kind: 'reply', call, isError: after === 'refused' });
    at = edge.to;
    // Each channel keeps its order; how far behind it is, differs.
    for (let n = (delays[i % delays.length] ?? 0) % 3; n > 0; n--) {
      const first = waiting.shift();
      if (first) seen.push(first);
    }
  }
  return [...seen, ...waiting];
}

describe('explain', () => {
  test.prop(
    [
      fc.array(fc.nat(10_000), { minLength: 20, maxLength: 90 }),
      fc.array(fc.nat(2), { minLength: 3, maxLength: 9 }),
    ],
    {
      numRuns: runs(20, 300),
    },
  )('explains what a run of the specification shows, however late it is seen', (choices, delays) => {
    const seen = sightingsOf(choices, delays);
    expect(explain(proposed, b, seen)).toMatchObject({ verdict: 'explained', violated: [] });
  });

  const call = (name: string): Sighting => ({ kind: 'call', call: name });
  const reply = (name: string, isError = false): Sighting => ({ kind: 'reply', call: name, isError });
  const event = (topic: 'create' | 'start' | 'exit', process = 'c1'): Sighting => ({
    kind: 'event',
    event: { topic, process },
  });

  it('takes an event that is seen after the reply, and one that is seen before', () => {
    const begin = [call('create c1'), reply('create c1'), event('create'), call('start c1')];
    expect(explain(proposed, b, [...begin, event('start'), reply('start c1')]).verdict).toBe('explained');
    expect(explain(proposed, b, [...begin, reply('start c1'), event('start')]).verdict).toBe('explained');
  });

  it('rejects an event before the call that makes it, and says what could have come', () => {
    const seen = [call('create c1'), reply('create c1'), event('create'), event('start'), call('start c1')];
    expect(explain(proposed, b, seen)).toEqual({ verdict: 'rejected', at: 3, allowed: ['exit c1'] });
  });

  it('rejects a success where the specification refuses', () => {
    const seen = [
      call('create c1'),
      reply('create c1'),
      event('create'),
      event('exit'),
      call('start c1'),
      reply('start c1'),
    ];
    expect(explain(proposed, b, seen)).toMatchObject({ verdict: 'rejected', at: 5 });
    expect(explain(proposed, b, [...seen.slice(0, -1), reply('start c1', true)]).verdict).toBe('explained');
  });

  it('judges invariants on the behaviours alone that agree with what was seen', () => {
    const early = revisions.find(({ slug }) => slug === 'early-exits') as Revision;
    // One exit twice: every behaviour of this revision that shows it has broken the rule.
    const twice = [
      call('create c1'),
      reply('create c1'),
      event('create'),
      call('start c1'),
      call('start c1 again'),
      event('exit'),
      event('exit'),
    ];
    const again = bound(1, 0, 'again');
    expect(explain(early, again, twice)).toMatchObject({
      verdict: 'explained',
      violated: ['at most one exit per process'],
    });
    expect(explain(proposed, again, twice)).toMatchObject({ verdict: 'rejected', at: 6 });
  });

  it('tells of a rule that a revision with the defect explains', () => {
    const early = revisions.find(({ slug }) => slug === 'early-exits') as Revision;
    const timeline = new Timeline();
    const observed = (['create', 'exit', 'exit'] as const).map((topic) => ({
      ...{ namespace: 'n', topic, container: 'c1', exec: '', pid: 5, exitStatus: null, at: '' },
    }));
    const see = (index: number): void => timeline.add({ kind: 'event', text: '', index });
    timeline.add({ kind: 'call', call: 'create c1' });
    timeline.add({ kind: 'reply', call: 'create c1', error: null });
    see(0);
    for (const name of ['start c1', 'start c1 again']) timeline.add({ kind: 'call', call: name });
    see(1);
    see(2);
    const conductor = { timeline, notes: [], subject: { events: { observed: () => observed } } };
    const found = unexplainedIn(conductor as unknown as Conductor, early, bound(1, 0, 'again'));
    expect(found.map(({ rule }) => rule.name)).toEqual(['at most one exit per process']);
  });

  it('says that it does not know where the model has no such call', () => {
    expect(explain(proposed, b, [call('start c7')])).toEqual({
      verdict: 'unknown',
      why: 'the model has no call start c7',
    });
  });
});
