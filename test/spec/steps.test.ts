import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { StateGraph } from '../../checker/index.ts';
import {
  type AnyAction,
  type Bound,
  mirror,
  modelOf,
  type ProposedAction,
  type Revision,
  revisions,
} from '../../spec/index.ts';
import { earlyExits } from '../../spec/revisions/early-exits.ts';
import { goCode, linesIn } from '../../spec/revisions/go-code.ts';
import { kindsOf } from '../../spec/steps.ts';
import { bound } from './bounds.ts';

const whole = bound(1, 1, 'delete', 'wait', 'kill', 'shutdown', 'sharedPidNamespace', 'runcFails');
const answers = ['RuncReturns', 'RuncFails', 'RuncCrashes'];

describe('revisionOf', () => {
  type EarlyAction = Parameters<typeof earlyExits.step>[1]['type'];

  it('knows the actions of its steps, those of the world, and no other', () => {
    expectTypeOf<'ShimSubscribes' | 'ShimSetsExited' | 'RuncForks' | 'RuncReturns'>().toExtend<EarlyAction>();
    expectTypeOf<'ShimStoresContainer'>().not.toExtend<EarlyAction>();
    expectTypeOf<{ type: 'ShimKills'; call: string; isTold: true }>().toExtend<ProposedAction>();
    expectTypeOf<{ type: 'ShimKills'; thread: string }>().not.toExtend<ProposedAction>();
  });

  it('gives goroutines their steps one after the other', () => {
    const ofExits = earlyExits.actions(bound(1, 0)).flatMap((action) => ('thread' in action ? [action] : []));
    expect(ofExits.slice(0, 5).map(({ type, thread }) => `${type} ${thread}`)).toEqual([
      'ShimLocksForExit processExits',
      'ShimKillsAll processExits',
      'ShimSetsExited processExits',
      'ShimPublishesExit processExits',
      'ShimLocksForExit create c1',
    ]);
  });
});

describe('goCode', () => {
  it('has a row for every step that has none of its own, and no other row', () => {
    const steps = revisions.flatMap((revision) => Object.entries(revision.steps));
    const without = steps.filter(([, { code }]) => code === undefined).map(([name]) => name);
    expect(new Set(Object.keys(goCode))).toEqual(new Set([...without, ...answers]));
  });

  it('has the lines of each step in each revision that has it, and of no other', () => {
    const upstreams = revisions.filter(({ tree, codeOf }) => tree.startsWith('https:') && !codeOf);
    for (const revision of upstreams) {
      const own = revision.actions(whole).filter(({ type }) => type in revision.steps);
      const wanted = new Set(own.flatMap((action) => placesOf(action)));
      const rows = Object.entries(goCode).filter(([step]) => !answers.includes(step));
      const found = rows.flatMap(([step, { lines }]) => {
        const lists = typeof lines === 'string' ? [['', lines] as const] : Object.entries(lines);
        return lists.flatMap(([kind, list]) =>
          linesIn(list, revision.slug) ? [`${step} ${kind}`.trim()] : [],
        );
      });
      expect([revision.slug, new Set(found)]).toEqual([revision.slug, wanted]);
    }
  });

  it('names only revisions, and lines in the form that a link takes', () => {
    const slugs = revisions.map(({ slug }) => slug);
    const lists = Object.values(goCode).flatMap(({ lines }) =>
      typeof lines === 'string' ? [lines] : Object.values(lines),
    );
    for (const place of lists.join(', ').split(', ')) {
      const [, slug] = /^(\S+) (?:(?:runc\/)?container\.go:)?\d+(?:-\d+)?$/.exec(place) ?? [];
      expect(slugs, place).toContain(slug);
    }
  });

  it('is linked from the steps of a trace', () => {
    const [revision = expect.fail('no revision')] = revisions.filter(({ slug }) => slug === 'main');
    const told = mirror(revision, revision.initial(whole), { type: 'ShimFindsProcess', call: 'start c1' });
    expect(told.text).toBe('container.Start: c.Process(c1)');
    expect(told.source).toMatch(/^https:\/\/github\.com\/.*\/[0-9a-f]{40}\/.*\/runc\/container\.go#L347$/);
  });
});

/** Under which name and kind the table has the step that an action is. */
function placesOf({ type, call }: AnyAction): string[] {
  const lines = goCode[type]?.lines;
  if (typeof lines === 'string' || !call || !lines) return [type];
  const kind = kindsOf(call).find((each) => each in lines);
  return [kind === undefined ? `${type} of ${call}, which has no lines` : `${type} ${kind}`];
}

describe('the order above each handler', () => {
  const method: Readonly<Record<string, string>> = {
    Create: 'create',
    Start: 'start',
    Exec: 'exec',
    Kill: 'kill',
    Wait: 'wait',
    Delete: 'delete',
    Shutdown: 'shutdown',
  };
  const bounds: readonly Bound[] = [
    bound(1, 1, 'runcFails'),
    bound(1, 0, 'wait', 'delete', 'shutdown'),
    bound(1, 0, 'kill'),
  ];

  for (const revision of revisions) {
    it(`${revision.slug}: names where a handler can stand, and it never goes back`, () => {
      const module = moduleOf(revision.slug);
      const orders = ordersOf(module);
      expect(Object.keys(method).filter((name) => !orders.has(name))).toEqual([]);
      const moves = new Set(bounds.flatMap((b) => [...movesOf(revision, b)]));
      for (const [name, stages] of orders) {
        const stageOf = (pc = ''): number => stages.findIndex((labels) => labels.includes(pc));
        for (const move of moves) {
          const [of, from, to] = move.split(' > ');
          if (of !== method[name]) continue;
          expect([move, stageOf(from)]).not.toEqual([move, -1]);
          expect(stageOf(to), `${revision.slug}: ${move}`).toBeGreaterThan(stageOf(from));
        }
        const unknown = stages.flat().filter((label) => label !== 'called' && !module.includes(`'${label}'`));
        if (method[name]) expect([name, unknown]).toEqual([name, []]);
      }
    });
  }

  function moduleOf(slug: string): string {
    return readFileSync(new URL(`../../spec/revisions/${slug}.ts`, import.meta.url), 'utf8');
  }

  /** The stages of each Go function, as the module's comments have them. What is done between two is left out. */
  function ordersOf(module: string): Map<string, string[][]> {
    const orders = [...module.replaceAll('\n//   →', ' →').matchAll(/^\/\/ (\w+): (.*)$/gm)];
    return new Map(
      orders.map(([, name = '', order = '']) => {
        const stages = order
          .replace(', s.mu.Unlock', '')
          .split(' → ')
          .map((stage) => stage.split(' | '));
        return [
          name,
          [['called'], ...stages.slice(1).filter(([first = '']) => !first.includes('handleProcessExit'))],
        ];
      }),
    );
  }

  /** Every move of a handler from one place to the next, exits that it handles between them left out. */
  function movesOf(revision: Revision, b: Bound): Set<string> {
    const model = modelOf(revision, b);
    const graph = new StateGraph(model);
    const moves = new Set<string>();
    for (const call of Object.keys(model.initial.calls)) {
      const pcOf = graph.reader(['calls', call, 'pc']) as (state: number) => string;
      for (let number = 0; number < graph.size; number++) {
        for (const { to } of graph.edges(number)) {
          const [from, then] = [pcOf(number), pcOf(to)];
          const isInside = ![from, then].some((pc) => /^(idle|answered|refused|exit: .*)$/.test(pc));
          if (from !== then && isInside) moves.add(`${call.split(' ')[0]} > ${from} > ${then}`);
        }
      }
    }
    return moves;
  }
});
