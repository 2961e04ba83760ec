import * as fc from 'fast-check';
import type { Model, Property } from '../../checker/index.ts';

/** Few slots of small domains: numbers in a nested object, a flag that may be absent, a queue and records. */
interface RandomState {
  readonly n: Record<string, number>;
  readonly deep: { readonly inner: { flag: string | null }; queue: number[] };
  jobs: { id: number; done: boolean }[];
}

const names = ['x', 'y', 'z'] as const;
const base = 3;
const queueMax = 2;

type Term = {
  readonly of: 'x' | 'y' | 'z' | 'constant' | 'flag' | 'length' | 'head' | 'jobs';
  readonly plus: number;
};
interface Test {
  readonly left: Term;
  readonly right: Term;
  readonly isEqual: boolean;
}
interface Statement {
  readonly type:
    | 'add'
    | 'flag'
    | 'push'
    | 'shift'
    | 'splice'
    | 'reverse'
    | 'replace'
    | 'job'
    | 'finish'
    | 'forget';
  readonly slot: (typeof names)[number];
  readonly value: Term;
  /** Decides, after what was written before, whether the statement is carried out. */
  readonly when: Test | null;
}
export interface RandomAction {
  readonly name: string;
  /** Tried one after the other: what is read depends on what was read. */
  readonly guards: readonly Test[];
  readonly statements: readonly Statement[];
  readonly progress: boolean;
}

const term: fc.Arbitrary<Term> = fc.record({
  of: fc.constantFrom(...names, ...names, 'constant', 'constant', 'flag', 'length', 'head', 'jobs'),
  plus: fc.nat(base - 1),
});
const test: fc.Arbitrary<Test> = fc.record({
  left: term,
  right: term,
  isEqual: fc.constantFrom(true, false, false),
});
const statement: fc.Arbitrary<Statement> = fc.record({
  type: fc.constantFrom(
    'add',
    'add',
    'flag',
    'push',
    'shift',
    'splice',
    'reverse',
    'replace',
    'job',
    'finish',
    'forget',
  ),
  slot: fc.constantFrom(...names),
  value: term,
  when: fc.option(test, { freq: 1 }),
});
const action = fc.record({
  guards: fc.array(test, { maxLength: 2, size: 'max' }),
  statements: fc.array(statement, { minLength: 1, maxLength: 3, size: 'max' }),
  progress: fc.boolean(),
});
const property = fc.record({
  kind: fc.constantFrom('always', 'quiescent', 'step', 'sometimes'),
  subjects: fc.subarray([...names], { minLength: 1 }),
  claims: fc.array(test, { minLength: 1, maxLength: 3 }),
});

/** Models that keep the rules: pure, no write before a false, a shape that never changes. */
export const randomModel: fc.Arbitrary<Model<RandomState, RandomAction>> = fc
  .record({
    actions: fc.array(action, { minLength: 4, maxLength: 6, size: 'max' }),
    properties: fc.array(property, { maxLength: 6, size: 'max' }),
    queue: fc.array(fc.nat(1), { maxLength: queueMax }),
  })
  .map(({ actions, properties, queue }) => ({
    name: 'random',
    initial: { n: { x: 0, y: 1, z: 0 }, deep: { inner: { flag: null }, queue }, jobs: [] },
    actions: actions.map((rest, index) => ({ ...rest, name: `action ${index}` })),
    label: ({ name }) => name,
    progress: ({ progress }) => progress,
    step: (s, { guards, statements }) => {
      if (!guards.every((guard) => passes(s, guard))) return false;
      for (const each of statements) if (each.when === null || passes(s, each.when)) carryOut(s, each);
      return true;
    },
    properties: properties.map((each, index) => propertyOf(`property ${index}`, each)),
  }));

function propertyOf(
  name: string,
  { kind, subjects, claims }: { kind: string; subjects: string[]; claims: Test[] },
): Property<RandomState> {
  return {
    name,
    kind: kind as Property<RandomState>['kind'],
    class: 'safety',
    sentence: '',
    source: '',
    subjects,
    check: (s, subject, after) =>
      kind === 'step'
        ? s.n[subject] !== 1 || after.n[subject] === 1 || claims.some((claim) => passes(after, claim))
        : kind === 'sometimes'
          ? s.n[subject] === 2 && claims.every((claim) => passes(s, claim))
          : s.n[subject] === 0 || claims.some((claim, i) => passes(s, claim) && s.n[subject] !== (i % 2) + 1),
  };
}

function evaluate(s: RandomState, { of, plus }: Term): number {
  switch (of) {
    case 'constant':
      return plus;
    case 'flag':
      return s.deep.inner.flag === null ? 0 : 1;
    case 'length':
      return s.deep.queue.length;
    case 'head':
      return s.deep.queue[0] ?? plus;
    case 'jobs':
      return s.jobs.filter(({ done }) => !done).length;
    default:
      return ((s.n[of] ?? 0) + plus) % base;
  }
}

function passes(s: RandomState, { left, right, isEqual }: Test): boolean {
  return (evaluate(s, left) === evaluate(s, right)) === isEqual;
}

function carryOut(s: RandomState, { type, slot, value }: Statement): void {
  const { queue } = s.deep;
  const number = evaluate(s, value) % base;
  switch (type) {
    case 'add':
      s.n[slot] = ((s.n[slot] ?? 0) + Math.max(number, 1)) % base;
      break;
    case 'flag':
      s.deep.inner.flag = number === 0 ? null : 'raised';
      break;
    case 'push':
      if (queue.length < queueMax) queue.push(number % 2);
      break;
    case 'shift':
      s.n[slot] = queue.shift() ?? 0;
      break;
    case 'splice':
      queue.splice(number, 1, ...queue.slice(0, 1));
      break;
    case 'reverse':
      queue.reverse();
      break;
    case 'replace':
      s.deep.queue = number === 0 ? [] : [number % 2];
      break;
    case 'job':
      if (s.jobs.length < 1) s.jobs.push({ id: number, done: false });
      break;
    case 'finish':
      for (const job of s.jobs) if (job.id === number) job.done = true;
      break;
    case 'forget':
      s.jobs = s.jobs.filter(({ done }) => !done);
      break;
  }
}
