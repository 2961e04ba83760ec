/**
 * Sequence diagrams as SVG: a lane for each thread, time downwards, a dot for each step, and arrows for what had to
 * happen before what. Text is text: it can be selected, and a screen reader reads it in the order of time.
 */

/** One step of a diagram. */
export interface DiagramRow {
  readonly lane: string;
  readonly text: string;
  /** What it published, shown on a lane of its own. */
  readonly events: readonly string[];
  /** The rules that are broken from here on. */
  readonly breaks: readonly string[];
  /** Rows of other threads that had to come before, by index. */
  readonly after: readonly number[];
}

export interface Diagram {
  readonly title: string;
  readonly rows: readonly DiagramRow[];
  /** Lanes that did not finish, and why. */
  readonly waiting: readonly { readonly lane: string; readonly why: string }[];
}

/** The height of a step's row. */
export const rowHeight = 26;
/** Between two lanes; many lanes stand closer, so that the text beside them stays in sight. */
const laneWidths = { few: 92, many: 44 };
const fewLanes = 5;
/** Heads of neighbours stand below each other. */
const headRows = 3;
const top = 58;
const left = 48;
const charWidth = 7.3;
const eventLane = 'events';

const style = `
.seq{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;--ink:#1f2328;--soft:#57606a;--line:#d0d7de;--dot:#0550ae;--event:#1a7f37;--bad:#cf222e;--arrow:#8250df;--paper:#fff}
@media(prefers-color-scheme:dark){.seq{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--dot:#58a6ff;--event:#3fb950;--bad:#ff7b72;--arrow:#bc8cff;--paper:#0d1117}}
:root[data-theme=dark] .seq{--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--dot:#58a6ff;--event:#3fb950;--bad:#ff7b72;--arrow:#bc8cff;--paper:#0d1117}:root[data-theme=light] .seq{--ink:#1f2328;--soft:#57606a;--line:#d0d7de;--dot:#0550ae;--event:#1a7f37;--bad:#cf222e;--arrow:#8250df;--paper:#fff}
.seq text{fill:var(--ink)}.seq .soft{fill:var(--soft)}.seq .bad{fill:var(--bad);font-weight:600}.seq .ev{fill:var(--event)}
.seq .life{stroke:var(--line);stroke-width:1.5}.seq .dot{fill:var(--dot)}.seq .evdot{fill:var(--event)}.seq .baddot{fill:var(--bad)}
.seq .arrow{stroke:var(--arrow);fill:none;stroke-width:1.2;opacity:.65}.seq .emit{stroke:var(--event);stroke-dasharray:3 3}`;

/** Draws a diagram. @returns an SVG element, for a file of its own or for a page */
export function sequenceSvg({ title, rows, waiting }: Diagram): string {
  const hasEvents = rows.some(({ events }) => events.length > 0);
  const lanes = [...new Set(rows.map(({ lane }) => lane)), ...(hasEvents ? [eventLane] : [])];
  const laneWidth = lanes.length > fewLanes ? laneWidths.many : laneWidths.few;
  const x = (lane: string): number => left + lanes.indexOf(lane) * laneWidth;
  const y = rowAt;
  const textAt = left + lanes.length * laneWidth - laneWidth / 2;
  const longest = Math.max(
    0,
    ...rows.map((row) => rowText(row).length),
    ...waiting.map(({ why, lane }) => why.length + lane.length + 14),
  );
  const width = Math.ceil(textAt + longest * charWidth + 24);
  const height = heightOf(rows.length + waiting.length);
  const heads = lanes.map(
    (lane, i) =>
      `<text x="${x(lane)}" y="${14 + (lanes.length > fewLanes ? i % headRows : 0) * 14}" text-anchor="middle" class="${lane === eventLane ? 'ev' : 'soft'}">${escaped(lane)}</text>`,
  );
  // A page may hold several pictures; ids are the page's.
  const tip = `tip-${title.replace(/\W+/g, '-')}`;
  const lives = lanes.map((lane) => {
    const own = rows.flatMap((row, i) =>
      row.lane === lane || (lane === eventLane && row.events.length > 0) ? [i] : [],
    );
    const isStuck = waiting.some((each) => each.lane === lane);
    const end = isStuck ? y(rows.length) : y(own.at(-1) ?? 0);
    return `<line class="life" x1="${x(lane)}" x2="${x(lane)}" y1="${y(own[0] ?? 0)}" y2="${end}"/>`;
  });
  const arrows = rows.flatMap((row, to) =>
    row.after.map((from) => arrow(tip, x(rows[from]?.lane ?? row.lane), y(from), x(row.lane), y(to))),
  );
  const steps = rows.map((row, i) => {
    const isBad = row.breaks.length > 0;
    const emits =
      row.events.length > 0
        ? `<line class="life emit" x1="${x(row.lane)}" x2="${x(eventLane)}" y1="${y(i)}" y2="${y(i)}"/><path class="evdot" d="M${x(eventLane) - 5} ${y(i) - 5}l10 5l-10 5z"/>`
        : '';
    return `${emits}<circle class="${isBad ? 'baddot' : 'dot'}" cx="${x(row.lane)}" cy="${y(i)}" r="${isBad ? 6 : 4.5}"/><text x="12" y="${y(i) + 4}" text-anchor="middle" class="soft">${i + 1}</text><text x="${textAt}" y="${y(i) + 4}">${spans(row)}</text>`;
  });
  const ends = waiting.map(
    ({ lane, why }, i) =>
      `<text x="${textAt}" y="${y(rows.length + i) + 4}" class="bad">${escaped(`${lane} is ${why}`)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" class="seq" role="group" aria-label="${escaped(title)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><style>${style}</style><title>${escaped(title)}</title><defs><marker id="${tip}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="var(--arrow)"/></marker></defs>${[...heads, ...lives, ...arrows, ...steps, ...ends].join('')}</svg>`;
}

/** Where the middle of a row stands, from the top of its diagram. */
export function rowAt(row: number): number {
  return top + row * rowHeight;
}

/** How high a diagram is that has so many lines: its rows, and one for each lane that waits. */
export function heightOf(lines: number): number {
  return rowAt(lines) + 18;
}

/** A bow from one dot to another. */
function arrow(tip: string, x1: number, y1: number, x2: number, y2: number): string {
  const middle = (y1 + y2) / 2;
  return `<path class="arrow" marker-end="url(#${tip})" d="M${x1} ${y1 + 5}C${x1} ${middle},${x2} ${middle},${x2} ${y2 - 6}"/>`;
}

function rowText({ lane, text, events, breaks }: DiagramRow): string {
  return `${lane}  ${text}${events.map((event) => `  ▶ ${event}`).join('')}${breaks.map((rule) => `  ✗ ${rule}`).join('')}`;
}

function spans({ lane, text, events, breaks }: DiagramRow): string {
  return [
    `<tspan class="soft">${escaped(lane)}</tspan><tspan dx="8">${escaped(text)}</tspan>`,
    ...events.map((event) => `<tspan dx="8" class="ev">▶ ${escaped(event)}</tspan>`),
    ...breaks.map((rule) => `<tspan dx="8" class="bad">✗ ${escaped(rule)}</tspan>`),
  ].join('');
}

/** Text as HTML and XML have it. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
