/** The object that a text holds; null where it holds none. */
export function objectOf(json: string): Record<string, unknown> | null {
  try {
    return objectIn(JSON.parse(json));
  } catch {
    return null;
  }
}

export function objectIn(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
