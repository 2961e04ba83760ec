import { kindOf, ModelError } from './misuse.ts';

/**
 * JSON with sorted keys, so that equal values have equal texts.
 *
 * @throws ModelError for what JSON would silently drop or change: undefined, holes of arrays, functions,
 *   NaN, -0, Map, Set, Date.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)) {
    return JSON.stringify(value);
  }
  // Array.from also visits holes, which JSON would fill.
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(',')}]`;
  if (isRecord(value)) {
    assertNamed(value);
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`).join(',')}}`;
  }
  throw new ModelError(
    `a state holds what JSON cannot (got ${kindOf(value)}, allowed null, boolean, finite number, string, array, plain object): use null for what is absent`,
  );
}

/** Whether `value` is an object with keys of its own and no class. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** @throws ModelError for a key that is a symbol: JSON would leave it out, and take different states for one */
function assertNamed(value: object): void {
  const [symbol] = Object.getOwnPropertySymbols(value);
  if (symbol === undefined) return;
  throw new ModelError(
    `a state has a key that JSON leaves out (got ${String(symbol)}, allowed texts): use a text for it`,
  );
}
