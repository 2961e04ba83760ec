/** `2026-11-24 04:00:00.1 +0000 UTC`, `2026-11-24T04:00:00.1+01:00`. */
const stamp = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d+))? ?(Z|[+-]\d\d:?\d\d)?/;

/** When a stamp was, in microseconds since 1970; UTC where it has no zone. null where it is none. */
export function microsecondsOf(text: string): number | null {
  const [all, day, time, fraction = '', zone = 'Z'] = stamp.exec(text) ?? [];
  if (all === undefined) return null;
  const offset = zone === 'Z' ? 'Z' : zone.replace(/(\d\d):?(\d\d)$/, '$1:$2');
  const ms = Date.parse(`${day}T${time}${offset}`);
  return Number.isNaN(ms) ? null : ms * 1_000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}
