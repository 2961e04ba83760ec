import { describe, expect, it } from 'vitest';
import {
  checkLiveness,
  explore,
  type Lasso,
  type LiveClaim,
  type Model,
  StateGraph,
} from '../../../checker/index.ts';
import { labelOf, modelOf, revisions } from '../../../spec/index.ts';
import { isDeep, runs } from '../../depth.ts';
import { fc, test } from '../../random.ts';
import { bound } from '../../spec/bounds.ts';

interface Node {
  at: number;
}

/** A step of a little graph: `!` after the arrow's end says that it is bound to happen. */
interface Arc {
  readonly from: number;
  readonly to: number;
  readonly isBound: boolean;
  readonly name: string;
}

/** A model from text: `0-1 1-2! 2-0` is a ring whose step from 1 to 2 is bound to happen. */
function graphOf(text: string): Model<Node, Arc> {
  const arcs = text.split(' ').map((name): Arc => {
    const [, from = '', to = '', bound] = /^(\d+)-(\d+)(!?)$/.exec(name) ?? [];
    return { from: Number(from), to: Number(to), isBound: bound === '!', name };
  });
  return modelOfArcs(arcs);
}

function modelOfArcs(arcs: readonly Arc[]): Model<Node, Arc> {
  return {
    name: 'graph',
    initial: { at: 0 },
    actions: arcs,
    step: (s, { from, to }) => {
      if (s.at !== from) return false;
      s.at = to;
      return true;
    },
    label: ({ name }) => name,
    progress: ({ isBound }) => isBound,
    properties: [],
  };
}

function claimOf(kind: LiveClaim<Node>['kind'], ...good: number[]): LiveClaim<Node> {
  return { name: 'comes to a good state', kind, subjects: ['it'], holds: ({ at }) => good.includes(at) };
}

/** The verdict, and the lasso in words. */
function judged(text: string, kind: LiveClaim<Node>['kind'], ...good: number[]): string {
  const model = graphOf(text);
  const [result] = checkLiveness(model, { claims: [claimOf(kind, ...good)] }).results;
  const words = (arcs: readonly Arc[]): string => arcs.map(({ name }) => name).join(' ') || '-';
  return result?.lasso
    ? `${words(result.lasso.stem)} ( ${words(result.lasso.cycle)} )`
    : (result?.verdict ?? '');
}

describe('liveness', () => {
  // What stateright 0.31 says of the first two is wrong, as its documentation of `eventually` admits.
  it('finds a cycle that never comes to a good state', () => {
    expect(judged('0-1! 1-0!', 'eventually', 2)).toBe('- ( 0-1! 1-0! )');
    expect(judged('0-1! 1-0! 1-2 0-2', 'eventually', 2)).toBe('- ( 0-1! 1-0! )');
  });

  it('finds a run past the good state to one that is met on both ways', () => {
    expect(judged('0-1! 1-2! 0-2! 2-3!', 'eventually', 1)).toBe('0-2! 2-3! ( - )');
    expect(judged('0-1! 1-2! 0-3! 3-1! 2-4!', 'eventually', 1)).toBe('holds');
  });

  it('lets nothing rest for ever that is bound to happen, and anything else', () => {
    expect(judged('0-1', 'eventually', 1)).toBe('- ( - )');
    expect(judged('0-1!', 'eventually', 1)).toBe('holds');
    expect(judged('0-0 0-1!', 'eventually', 1)).toBe('holds');
    expect(judged('0-0 0-1', 'eventually', 1)).toBe('- ( 0-0 )');
  });

  it('is weak fairness: what is enabled only now and then need not happen', () => {
    expect(judged('0-0 0-2! 2-0!', 'again and again', 2)).toBe('holds');
    expect(judged('0-1! 1-0! 1-2! 2-0!', 'again and again', 2)).toBe('- ( 0-1! 1-0! )');
  });

  it('tells what holds once from what holds again and again', () => {
    expect(judged('0-1! 1-2! 2-3! 3-2!', 'eventually', 1)).toBe('holds');
    expect(judged('0-1! 1-2! 2-3! 3-2!', 'again and again', 1)).toBe('0-1! 1-2! ( 2-3! 3-2! )');
    expect(judged('0-1! 1-2! 2-3! 3-2!', 'again and again', 3)).toBe('holds');
  });

  it('judges nothing of a model that is larger than allowed', () => {
    const { results, stoppedBy } = checkLiveness(graphOf('0-1! 1-2! 2-3!'), {
      claims: [claimOf('eventually', 3)],
      statesMax: 2,
    });
    expect([results[0]?.verdict, stoppedBy]).toEqual(['unknown', 'states']);
  });

  const nodes = 5;
  const arc = fc.record({ from: fc.nat(nodes - 1), to: fc.nat(nodes - 1), isBound: fc.boolean() });
  const arcs = fc
    .array(arc, { minLength: 1, maxLength: 12 })
    .map((all) => all.map((each, i): Arc => ({ ...each, name: `${each.from}-${each.to} ${i}` })));
  const kinds = fc.constantFrom('eventually' as const, 'again and again' as const);
  const goods = fc.uniqueArray(fc.nat(nodes - 1), { maxLength: 3 });

  test.prop([arcs, kinds, goods], { numRuns: runs(300, 10_000) })(
    'is what the fixed point of Emerson and Lei says, and each lasso is a fair run',
    (all, kind, good) => {
      const model = modelOfArcs(all);
      const [result] = checkLiveness(model, { claims: [claimOf(kind, ...good)] }).results;
      expect(result?.verdict).toBe(isBroken(model, kind, good) ? 'violated' : 'holds');
      if (result?.lasso) expectFair(all, good, kind, result.lasso);
    },
  );

  // Calls that may be sent again make cycles: a rule about states at rest might be broken for ever without any rest.
  it('says of the shims what the search says of states at rest', () => {
    for (const revision of revisions) {
      for (const options of [['delete'], ['kill', 'wait']] as const) {
        const model = modelOf(revision, bound(1, isDeep ? 1 : 0, ...options));
        const atRest = explore(model).report.results.filter(({ property }) => property.kind === 'quiescent');
        const found = checkLiveness(model).results.map(({ verdict }) => verdict);
        expect([revision.slug, ...found]).toEqual([revision.slug, ...atRest.map(({ verdict }) => verdict)]);
      }
    }
  });

  it('finds that a Delete which fails and comes again can starve a Start of the lock', () => {
    const proposed = revisions.find(({ slug }) => slug === 'proposed') ?? expect.fail();
    const model = modelOf(proposed, bound(1, 1, 'delete', 'runcFails'));
    const { results } = checkLiveness(model);
    const [broken, ...more] = results.filter(({ verdict }) => verdict === 'violated');
    expect([broken?.claim.name, broken?.subject, more.length]).toEqual(['no deadlock', 'start c1', 0]);
    const cycle = broken?.lasso?.cycle.map(labelOf);
    expect(cycle).toContain('RuncCrashes(delete c1)');
    expect(cycle).toContain('ClientDeletes(delete c1)');
  });
});

/** The states from which a fair run stays among the bad ones, by iteration; a run may rest anywhere it may at all. */
function isBroken(model: Model<Node, Arc>, kind: LiveClaim<Node>['kind'], good: readonly number[]): boolean {
  const graph = new StateGraph(model);
  for (let number = 0; number < graph.size; number++) graph.edges(number);
  const numbers = Array.from({ length: graph.size }, (_, i) => i);
  const bound = model.actions.flatMap(({ isBound }, i) => (isBound ? [i] : []));
  let stays = new Set(numbers.filter((number) => !good.includes(graph.state(number).at)));
  for (let size = -1; size !== stays.size; ) {
    size = stays.size;
    for (const action of bound) {
      const isEnough = (number: number): boolean => {
        const own = graph.edges(number).filter((edge) => edge.action === action);
        return own.length === 0 || own.some(({ to }) => stays.has(to));
      };
      const reach = new Set([...stays].filter(isEnough));
      for (let more = true; more; ) {
        const before = [...stays].filter(
          (n) => !reach.has(n) && graph.edges(n).some(({ to }) => reach.has(to)),
        );
        for (const number of before) reach.add(number);
        more = before.length > 0;
      }
      stays = reach;
    }
  }
  return kind === 'eventually' ? stays.has(0) : stays.size > 0;
}

function expectFair(
  all: readonly Arc[],
  good: readonly number[],
  kind: LiveClaim<Node>['kind'],
  { stem, cycle }: Lasso<Arc>,
): void {
  let at = 0;
  const visited = [0];
  const go = ({ from, to }: Arc): number => {
    expect(from).toBe(at);
    at = to;
    return at;
  };
  for (const arc of stem) visited.push(go(arc));
  const begin = at;
  const turn = [at, ...cycle.map(go)];
  expect(at).toBe(begin);
  for (const node of kind === 'eventually' ? [...visited, ...turn] : turn) expect(good).not.toContain(node);
  for (const arc of all)
    if (arc.isBound && turn.every((node) => node === arc.from)) expect(cycle).toContain(arc);
}
