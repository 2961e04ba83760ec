/** Waits for a result, but not beyond an abort: then it is null, and whatever was begun goes on by itself. */
export async function unlessAborted<T>(signal: AbortSignal, result: Promise<T>): Promise<T | null> {
  // Whoever abandons it does not want to hear of its failure.
  result.catch(() => undefined);
  if (signal.aborted) return null;
  return new Promise((resolve, reject) => {
    const abandon = (): void => resolve(null);
    signal.addEventListener('abort', abandon, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abandon));
  });
}
