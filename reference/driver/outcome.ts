/** How a call ended. */
export interface Outcome {
  readonly isAnswered: boolean;
  /** Where the call stood when it ended: a refused one was refused there. */
  readonly at: string;
  /** runc's, or the signal's; null for none. */
  readonly error: Error | null;
}
