/** `2026-11-24 04:00:00.1 +0000 UTC`, `2026-11-24T04:00:00.1+01:00`. */
const stamp = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d+))? ?(Z|[+-]\d\d:?\d\d)?/;

/** The minute that was read last, and when it began: lines that follow each other are mostly of one minute. */
let minute = '';
let minuteUs = 0;

/** When a stamp was, in microseconds since 1970; UTC where it has no zone. null where it is none. */
export function microsecondsOf(text: string): number | null {
  if (minute !== '' && text.startsWith(minute)) {
    const us = restOfMinute(text);
    if (us !== null) return minuteUs + us;
  }
  const [all, day, time, fraction = '', zone = 'Z'] = stamp.exec(text) ?? [];
  if (all === undefined) return null;
  const offset = zone === 'Z' ? 'Z' : zone.replace(/(\d\d):?(\d\d)$/, '$1:$2');
  const ms = Date.parse(`${day}T${time}${offset}`);
  if (Number.isNaN(ms)) return null;
  const us = ms * 1_000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
  remember(text, us, zone);
  return us;
}

/** Only of UTC, so that what stands behind the seconds need not be looked at but for its first letter. */
function remember(text: string, us: number, zone: string): void {
  minute = /^(Z|\+00:?00)$/.test(zone) ? text.slice(0, 17) : '';
  minuteUs = Math.floor(us / 60_000_000) * 60_000_000;
}

/** The seconds of `2026-11-24 04:00:12.345 +0000` or `…Z`; null where it does not end as UTC does. */
function restOfMinute(text: string): number | null {
  let us = (digit(text, 17) * 10 + digit(text, 18)) * 1_000_000;
  let at = 19;
  if (text.charCodeAt(at) === 46) {
    let unit = 100_000;
    for (at++; at < text.length; at++) {
      const value = digit(text, at);
      if (value < 0 || value > 9) break;
      us += value * unit;
      unit = Math.floor(unit / 10);
    }
  }
  return text[at] === 'Z' || text.startsWith(' +0000', at) ? us : null;
}

function digit(text: string, at: number): number {
  return text.charCodeAt(at) - 48;
}
