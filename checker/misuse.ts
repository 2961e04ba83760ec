/**
 * A model that breaks the rules of {@link Model}: a bug of its author, never a property of the system.
 *
 * @example
 * ```ts
 * import { explore, ModelError } from 'shim-spec/checker';
 *
 * try {
 *   explore({ initial: { n: 0 }, actions: ['add', 'add'], step: () => false, properties: [] });
 * } catch (error) {
 *   if (error instanceof ModelError) console.log(error.message);
 *   // model model has two actions with one label (got 'add' twice, allowed each once): write label(action) so that they differ
 * }
 * ```
 */
export class ModelError extends Error {
  /** To tell it from other errors where classes are of two copies of this package. */
  override readonly name = 'ModelError';
}

/** The error for a step that returns false and has changed the state. */
export function writesWithoutBeingEnabled(label: string): ModelError {
  return new ModelError(
    `${label} is not enabled and yet writes (got a write and false, allowed one of them): check before writing`,
  );
}

/** What `value` is, for an error that says what was got. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'object') return value.constructor?.name ?? 'an object';
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  return typeof value;
}
