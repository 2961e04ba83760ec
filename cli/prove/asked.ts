import { isRecord } from '../../checker/canonical.ts';
import { explore, type Model } from '../../checker/index.ts';
import { type AnyAction, touchedOf } from '../../spec/index.ts';

/** What the steps of a model ask of whole tables, and what they ask or read beyond that. */
export interface Asked {
  /** `ShimReaps: some of starting`. */
  readonly questions: ReadonlySet<string>;
  /** What tells more of others than whether there is one. */
  readonly strays: ReadonlySet<string>;
}

/** Members are asked, or gone through, so often, in both orders in turn. What counts them comes to something else then. */
const rounds = 4;

/**
 * Runs each step once for each distinct set of readings, on a view of the state that knows which question a reading is a
 * part of. Allowed of a whole table are: whether *some* member is so, asked of each member by itself; *the one* that is so,
 * where there is never a second; and to do to *each* what depends on it alone. A length, a filter, a sum is none of these, whatever it is
 * used for; nor is a reading of another's slot outside a question.
 */
export function askedIn<S extends object>(model: Model<S, AnyAction>): Asked {
  const asking = new Asking(model.initial);
  const plain = { ...model, properties: [] };
  const { report } = explore({
    ...plain,
    step: (draft, action) => asking.run(draft, action, (view) => model.step(view as S, action)),
  });
  const { states, transitions, taken } = explore(plain).report;
  for (const [i, times] of report.taken.entries())
    if (times !== taken[i]) asking.strays.add(`${model.actions[i]?.type} comes to something else`);
  if (report.states !== states || report.transitions !== transitions)
    asking.strays.add('a step comes to something else where it meets the members of a table again');
  return asking;
}

type Table = Record<string, unknown>;

class Asking implements Asked {
  readonly questions = new Set<string>();
  readonly strays = new Set<string>();
  readonly #shape: object;
  /** The tables of the state that the step runs on. */
  #tables = new Map<unknown, string>();
  #action: AnyAction = { type: '' };
  /** Questions that are being asked now. */
  #open = 0;

  constructor(shape: object) {
    this.#shape = shape;
  }

  run(draft: object, action: AnyAction, step: (view: object) => boolean): boolean {
    this.#action = action;
    this.#tables = new Map();
    this.#open = 0;
    const view = this.#viewOf(draft as Table, this.#shape as Table, []);
    const { keys, values, entries } = Object;
    const asked =
      <T>(list: (table: object) => T[]) =>
      (table: object): T[] =>
        this.#tables.has(table)
          ? this.#question(
              this.#within(() => list(table)),
              table,
            )
          : list(table);
    Object.assign(Object, { keys: asked(keys), values: asked(values), entries: asked(entries) });
    try {
      return step(view);
    } finally {
      Object.assign(Object, { keys, values, entries });
    }
  }

  /** The state, which notes what is read outside a question. */
  #viewOf(target: Table, shape: Table, path: readonly string[]): Table {
    const below = new Map<string, Table>();
    const view: Table = new Proxy(
      {},
      {
        get: (_, key) => {
          if (typeof key === 'symbol') return undefined;
          const inner = shape[key];
          if (isRecord(inner)) {
            const known = below.get(key) ?? this.#viewOf(target[key] as Table, inner, [...path, key]);
            below.set(key, known);
            return known;
          }
          if (this.#open === 0) this.#noteReading([...path, key].join('.'));
          return target[key];
        },
        set: (_, key, value) => Reflect.set(target, key, value),
        has: (_, key) => key in target,
        ownKeys: () => Reflect.ownKeys(target),
        getOwnPropertyDescriptor: (_, key) =>
          key in target ? { configurable: true, enumerable: true, writable: true, value: null } : undefined,
      },
    );
    if (path.length === 1) this.#tables.set(view, path.join('.'));
    return view;
  }

  #noteReading(path: string): void {
    const { besides, elsewhere } = touchedOf(this.#action, [path]);
    for (const name of [...besides, ...elsewhere])
      this.strays.add(`${this.#action.type} reads ${name} of another by its name`);
  }

  /** The members of a table, of which only questions can be asked. */
  #question<T>(members: T[], table: object): T[] {
    const name = this.#tables.get(table) ?? '';
    const note = (what: string): void => void this.questions.add(`${this.#action.type}: ${what} of ${name}`);
    const stray = (what: string): void => void this.strays.add(`${this.#action.type} ${what} of ${name}`);
    const matches = (predicate: (member: T, at: number, all: T[]) => unknown): T[] => {
      const answers = this.#within(() => answersOf(members, predicate));
      if (answers.some((round) => round.join() !== answers[0]?.join())) stray('counts members');
      return members.filter((_, at) => answers[0]?.[at]);
    };
    const own: Record<PropertyKey, unknown> = {
      some: (predicate: (member: T) => unknown): boolean => {
        note('some');
        return matches(predicate).length > 0;
      },
      find: (predicate: (member: T) => unknown): T | undefined => {
        note('the one');
        const found = matches(predicate);
        if (found.length > 1) stray('takes one of several members');
        return found[0];
      },
      [Symbol.iterator]: () => {
        note('each');
        return this.#each(members);
      },
    };
    return new Proxy(members, {
      get: (list, key) => {
        if (!(key in own)) stray(`asks for ${String(key)}`);
        return own[key] ?? Reflect.get(list, key);
      },
    });
  }

  *#each<T>(members: readonly T[]): Generator<T> {
    this.#open++;
    try {
      for (const order of ordersOf(members.length)) for (const at of order) yield members[at] as T;
    } finally {
      this.#open--;
    }
  }

  #within<T>(ask: () => T): T {
    this.#open++;
    try {
      return ask();
    } finally {
      this.#open--;
    }
  }
}

/** What a predicate says of each member, in both orders in turn. It sees no list, and so no other member. */
function answersOf<T>(
  members: readonly T[],
  predicate: (member: T, at: number, all: T[]) => unknown,
): boolean[][] {
  return ordersOf(members.length).map((order) => {
    const answers: boolean[] = [];
    for (const at of order) answers[at] = Boolean(predicate(members[at] as T, 0, []));
    return answers;
  });
}

function ordersOf(size: number): number[][] {
  const order = [...Array(size).keys()];
  return Array.from({ length: rounds }, (_, round) => (round % 2 === 0 ? order : order.toReversed()));
}
