import { canonicalJson } from '../canonical.ts';
import { unchanged } from './value-codes.ts';

/** The list that a view stands for, and where the view reports to. */
export interface ViewedList {
  readonly slot: number;
  readonly list: unknown[];
  /** Called where the recipe reads the first element, or anything else. */
  readonly sees: (what: 'head' | 'all') => void;
  /** The code of an operation on lists. */
  readonly operationCode: (shifts: number, appended: readonly unknown[]) => number;
  /** The number of a list as a value of the slot. */
  readonly numberOf: (list: readonly unknown[]) => number;
}

/** How a view was used, once the recipe has run. */
export interface ListView {
  /** The code of what is written where the view is assigned to slot `into`. */
  readonly writeOf: (into: number) => number;
}

/** Says that a view has no property of its own under a key. */
const notOwn = Symbol('not own');

const views = new WeakMap<object, ListView>();

/** The view behind an array that a recipe was given; undefined for any other value. */
export function listViewOf(value: unknown): ListView | undefined {
  return views.get(value as object);
}

/**
 * An array for a recipe that reports how little the recipe needs of it. To take the first element and to append need no
 * more than the head. Any other use, such as `length` or an iteration, reports that the recipe sees the whole list.
 *
 * `push` returns an object that computes the new length when it is used, so that the usual call does not read the length.
 */
export function viewList({ slot, list, sees, operationCode, numberOf }: ViewedList): unknown[] {
  const target: unknown[] = [];
  let isWhole = false;
  let shifts = 0;
  let appended: unknown[] = [];
  let head: { readonly value: unknown; readonly text: string } | null = null;
  const whole = (): unknown[] => {
    if (isWhole) return target;
    isWhole = true;
    sees('all');
    target.push(...list.slice(shifts), ...appended);
    if (head && shifts === 0) target[0] = head.value;
    return target;
  };
  const first = (): unknown => {
    sees('head');
    if (list.length === 0) return undefined;
    head ??= { value: list[0], text: canonicalJson(list[0]) };
    return head.value;
  };
  const isUnused = (): boolean => !isWhole && shifts === 0 && appended.length === 0;
  const shift = (): unknown => {
    if (!isUnused()) return whole().shift();
    const value = first();
    if (list.length > 0) shifts = 1;
    return value;
  };
  const push = (...items: unknown[]): unknown => {
    if (isWhole) return target.push(...items);
    appended = [...appended, ...items];
    return { valueOf: () => whole().length };
  };
  const own = (key: string | symbol): unknown => {
    if (key === 'shift') return shift;
    if (key === 'push') return push;
    return key === '0' && isUnused() ? first() : notOwn;
  };
  const proxy = viewOf(target, whole, own);
  const writeOf = (into: number): number => {
    // The recipe may have changed the first element in place.
    if (head && shifts === 0 && canonicalJson(head.value) !== head.text) whole();
    if (isWhole || into !== slot) return numberOf(whole());
    return shifts === 0 && appended.length === 0 ? unchanged : operationCode(shifts, appended);
  };
  views.set(proxy, { writeOf });
  return proxy;
}

/** An array that asks `own` for a property first. Any other access is to the whole list. */
function viewOf(
  target: unknown[],
  whole: () => unknown[],
  own: (key: string | symbol) => unknown,
): unknown[] {
  return new Proxy(target, {
    get: (_, key) => {
      const value = own(key);
      return value === notOwn ? Reflect.get(whole(), key) : value;
    },
    set: (_, key, value) => Reflect.set(whole(), key, value),
    has: (_, key) => Reflect.has(whole(), key),
    deleteProperty: (_, key) => Reflect.deleteProperty(whole(), key),
    defineProperty: (_, key, descriptor) => Reflect.defineProperty(whole(), key, descriptor),
    ownKeys: () => Reflect.ownKeys(whole()),
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(whole(), key),
  });
}
