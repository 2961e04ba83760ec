const pauseMs = 20;
const timeoutDefaultMs = 30_000;

/**
 * Looks again and again until `isSo` is true of what `look` sees.
 *
 * @param what is waited for, in words, for the error
 * @param isSo by default, whether it is truthy
 * @returns what it saw
 * @throws Error with `what` and what it saw last, where that does not come within `timeoutMs`
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  isSo: (seen: T) => boolean = Boolean,
  timeoutMs: number = timeoutDefaultMs,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (isSo(seen)) return seen;
    if (performance.now() > end)
      throw new Error(`${what}: not within ${timeoutMs} ms (saw ${JSON.stringify(seen)} last)`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
