/** A model that breaks the rules of {@link Model}: a bug of its author, never a property of the system. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}
