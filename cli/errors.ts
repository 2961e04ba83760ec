/** The user gave something that cannot be used. The message goes to stderr, without a stack. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
