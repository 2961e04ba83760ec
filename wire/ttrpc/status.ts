/** The codes of google.rpc.Code that a shim answers with. */
export const code = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

/** An answer that is an error. containerd acts on the code; its user sees the message. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = status;
  }
}
