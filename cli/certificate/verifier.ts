/**
 * Verifies a certificate: a set of states that contains the initial one, that no step leads out of, and in which no rule
 * is broken. Then no reachable state breaks one, whoever found the set and however.
 *
 * It shares no code with the engines, so no fault of theirs can hide: there is no draft, no packed state, no learnt step.
 * Each step is the model's own function, run on a plain object. A test holds that this file imports nothing.
 *
 * @module
 */

/** As much of a model as a certificate is about. */
export interface PlainModel {
  readonly initial: object;
  readonly actions: readonly unknown[];
  step(draft: object, action: unknown): boolean;
  label?(action: unknown): string;
  progress?(action: unknown): boolean;
  readonly properties: readonly Property[];
}

interface Property {
  readonly name: string;
  readonly kind: 'always' | 'quiescent' | 'step' | 'sometimes';
  readonly subjects?: readonly string[];
  check(state: object, subject: string, after: object): boolean;
}

/** What a certificate says beside its states. */
export interface Claims {
  /** How many states there are. */
  readonly states: number;
  /** The paths to the ends of a state's tree: to what is no object. A state has pairs, the number of an end and a value. */
  readonly ends: readonly (readonly string[])[];
  /** The names of the rules that hold. */
  readonly holds: readonly string[];
}

/** How much is verified, and how a caller follows it. */
export interface Scope {
  /** How many states are expanded, chosen by `random` (from 0 to 1); null for all. All are judged. */
  readonly sample: number | null;
  readonly random: () => number;
  /** Told now and then how many states are done; false ends the work. */
  readonly goesOn: (done: number) => boolean;
}

/** What was found right; of the states that were expanded: their every step leads to a listed state. */
export type Verified = Readonly<
  Record<'expanded' | 'steps' | 'quiescent', number> & { wasCancelled: boolean }
>;

/** What is wrong with a certificate. */
export class CertificateError extends Error {}

const wordsMax = 2 ** 31;
const tellEvery = 256;

/** An end of a state's tree, and the values that it has in the listed states, numbered. */
interface End {
  readonly path: readonly string[];
  readonly values: unknown[];
  readonly numbers: Map<unknown, number>;
}

/** Rows of numbers, and an index by open addressing. Rows are compared whole. */
class Rows {
  count = 0;
  readonly #width: number;
  readonly #rows: Uint32Array;
  readonly #table: Int32Array;

  constructor(width: number, max: number) {
    this.#width = width;
    this.#rows = new Uint32Array(width * max);
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(2 * max + 1)));
  }

  row(number: number): Uint32Array {
    return this.#rows.subarray(number * this.#width, (number + 1) * this.#width);
  }

  has(row: Uint32Array): boolean {
    return this.#table[this.#placeOf(row)] !== 0;
  }

  add(row: Uint32Array): void {
    this.#rows.set(row, this.#width * this.count);
    this.#table[this.#placeOf(row)] = ++this.count;
  }

  #placeOf(row: Uint32Array): number {
    let hash = 0;
    for (const number of row) hash = Math.imul(hash ^ number, 0x9e3779b1) ^ (hash >>> 13);
    for (let at = hash; ; at++) {
      at &= this.#table.length - 1;
      const entry = this.#table[at] as number;
      if (entry === 0 || this.row(entry - 1).every((number, i) => number === row[i])) return at;
    }
  }
}

/** Reads the states of a certificate, and then verifies them. @throws CertificateError for the first thing that is wrong */
export class Verifier {
  readonly #model: PlainModel;
  readonly #states: number;
  readonly #ends: readonly End[];
  /** How many keys the objects above the ends have. */
  readonly #branches: number;
  readonly #rows: Rows;
  readonly #row: Uint32Array;
  readonly #rules: readonly Property[];

  constructor(model: PlainModel, { ends, states, holds }: Claims) {
    const own = endsOf(model.initial);
    if (textOf(own.map(textOf).toSorted()) !== textOf(ends.map(textOf).toSorted()))
      throw new CertificateError(
        `its states have other parts (got ${ends.length} ends, allowed the ${own.length} of the initial state)`,
      );
    if (states * ends.length > wordsMax)
      throw new CertificateError(`it is too large (got ${states} states of ${ends.length} ends)`);
    const rules = model.properties.filter(({ kind }) => kind !== 'sometimes');
    const unknown = holds.find((each) => !rules.some(({ name }) => name === each));
    if (unknown !== undefined) throw new CertificateError(`'${unknown}' is no rule of this model`);
    this.#model = model;
    this.#states = states;
    this.#ends = ends.map((path) => ({ path, values: [], numbers: new Map() }));
    this.#branches = branchesOf(model.initial, model.initial);
    this.#rows = new Rows(ends.length, states);
    this.#row = new Uint32Array(ends.length);
    this.#rules = rules.filter(({ name }) => holds.includes(name));
  }

  /** Adds a state: pairs of what differs from the one before. */
  read(changes: unknown): void {
    const number = this.#rows.count;
    if (number === this.#states) throw new CertificateError(`it has more than the ${number} states it says`);
    if (!Array.isArray(changes) || changes.length % 2 !== 0)
      throw new CertificateError(`state ${number} is no list of pairs`);
    for (let i = 0; i < changes.length; i += 2) {
      const end = this.#ends[changes[i]];
      if (!end) throw new CertificateError(`state ${number} has an end ${changes[i]}, which no state has`);
      const key = keyOf(changes[i + 1]);
      const value = end.numbers.get(key) ?? end.values.push(frozen(changes[i + 1])) - 1;
      end.numbers.set(key, value);
      this.#row[changes[i]] = value;
    }
    if (this.#ends.some(({ values }) => values.length === 0))
      throw new CertificateError('state 0 does not say all of its ends');
    if (this.#rows.has(this.#row)) throw new CertificateError(`state ${number} is listed twice`);
    this.#rows.add(this.#row);
  }

  verify({ sample, random, goesOn }: Scope): Verified {
    const { count } = this.#rows;
    if (count !== this.#states)
      throw new CertificateError(`states are missing (got ${count}, it says ${this.#states})`);
    if (!this.#lists(this.#model.initial)) throw new CertificateError('it does not list the initial state');
    const found = { expanded: 0, steps: 0, quiescent: 0, wasCancelled: false };
    let wanted = Math.min(sample ?? count, count);
    for (let number = 0; number < count; number++) {
      if (number % tellEvery === 0 && !goesOn(number)) return { ...found, wasCancelled: true };
      const state = this.#state(this.#rows.row(number));
      this.#judge(number, 'always', state, state);
      // Each sample of this size is equally likely.
      if (random() * (count - number) >= wanted) continue;
      wanted--;
      const { steps, isQuiescent } = this.#expand(number, state);
      if (isQuiescent) this.#judge(number, 'quiescent', state, state);
      found.expanded++;
      found.steps += steps;
      found.quiescent += Number(isQuiescent);
    }
    return found;
  }

  /** Takes every step of a state. */
  #expand(number: number, state: object): { steps: number; isQuiescent: boolean } {
    let steps = 0;
    let isQuiescent = true;
    for (const action of this.#model.actions) {
      const after = this.#after(state, action);
      if (after === null) continue;
      steps++;
      if (this.#model.progress?.(action) ?? true) isQuiescent = false;
      if (after !== state && !this.#lists(after))
        throw new CertificateError(
          `it is not closed: state ${number} leads by ${this.#label(action)} to a state that it does not list (${difference(state, after)})`,
        );
      this.#judge(number, 'step', state, after);
    }
    return { steps, isQuiescent };
  }

  /** The state after an action; the same one where it writes nothing, null where the action is not enabled. */
  #after(state: object, action: unknown): object | null {
    try {
      // The state is frozen: a step that returns has written nothing.
      return this.#says(this.#model.step(state, action), action) ? state : null;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    const after = structuredClone(state);
    if (this.#says(this.#model.step(after, action), action)) return after;
    if (difference(state, after) === '') return null;
    throw new CertificateError(`${this.#label(action)} is not enabled and yet writes: the model is none`);
  }

  #says(result: unknown, action: unknown): boolean {
    if (typeof result === 'boolean') return result;
    throw new CertificateError(`${this.#label(action)} says neither true nor false: the model is none`);
  }

  #judge(number: number, kind: Property['kind'], state: object, after: object): void {
    for (const rule of this.#rules) {
      if (rule.kind !== kind) continue;
      for (const subject of rule.subjects ?? [''])
        if (rule.check(state, subject, after) !== true)
          throw new CertificateError(
            `state ${number} breaks '${rule.name}' (${subject}), which it says holds`,
          );
    }
  }

  /** Whether a state is listed; one with other keys is not. */
  #lists(state: object): boolean {
    for (const [i, end] of this.#ends.entries()) {
      const number = end.numbers.get(keyOf(at(state, end.path)));
      if (number === undefined) return false;
      this.#row[i] = number;
    }
    return this.#rows.has(this.#row) && branchesOf(state, this.#model.initial) === this.#branches;
  }

  #state(row: Uint32Array): object {
    const state = {};
    for (const [i, { path, values }] of this.#ends.entries()) {
      let branch: Record<string, unknown> = state;
      for (const key of path.slice(0, -1)) {
        branch[key] ??= {};
        branch = branch[key] as Record<string, unknown>;
      }
      branch[path.at(-1) as string] = values[row[i] as number];
    }
    return frozen(state);
  }

  #label(action: unknown): string {
    return this.#model.label?.(action) ?? textOf(action);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Equal for equal values. A quote tells texts from lists. */
function keyOf(value: unknown): unknown {
  return isObject(value) ? textOf(value) : typeof value === 'string' ? `"${value}` : value;
}

function at(state: object, path: readonly string[]): unknown {
  return path.reduce<unknown>((branch, key) => (isObject(branch) ? branch[key] : undefined), state);
}

/** The paths to what is no object with keys. */
function endsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const isEnd = !isObject(value) || Array.isArray(value) || Object.keys(value).length === 0;
  if (isEnd) return [path];
  return Object.entries(value).flatMap(([key, child]) => endsOf(child, [...path, key]));
}

/** How many keys the objects of `state` have that are objects in `shape`. */
function branchesOf(state: unknown, shape: unknown): number {
  if (!isObject(state) || !isObject(shape) || Array.isArray(shape) || Object.keys(shape).length === 0)
    return 0;
  const below = Object.keys(shape).map((key) => branchesOf(state[key], shape[key]));
  return below.reduce((sum, keys) => sum + keys, Object.keys(state).length);
}

/** What a step has changed. */
function difference(before: object, after: object): string {
  const paths = endsOf(before).filter((path) => textOf(at(before, path)) !== textOf(at(after, path)));
  return paths
    .map((path) => `${path.join('.')}: ${textOf(at(before, path))} → ${textOf(at(after, path))}`)
    .join(', ');
}

function frozen<T>(value: T): T {
  if (isObject(value)) for (const child of Object.values(value)) frozen(child);
  return Object.freeze(value);
}

/** JSON with sorted keys. */
function textOf(value: unknown): string {
  const sorted = (_: string, each: unknown): unknown =>
    isObject(each) && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each;
  return JSON.stringify(value, sorted) ?? 'undefined';
}
