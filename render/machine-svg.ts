import { escaped } from './sequence-svg.ts';

/** A change of state, and what makes it. */
export interface Change {
  readonly from: string;
  readonly to: string;
  readonly by: readonly string[];
}

const nodeWidth = 96;
const gap = 104;
const rise = 30;
const style = `
.machine{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;--ink:#1f2328;--line:#0550ae;--paper:#f6f8fa}
@media(prefers-color-scheme:dark){.machine{--ink:#e6edf3;--line:#58a6ff;--paper:#161b22}}
:root[data-theme=dark] .machine{--ink:#e6edf3;--line:#58a6ff;--paper:#161b22}:root[data-theme=light] .machine{--ink:#1f2328;--line:#0550ae;--paper:#f6f8fa}
.machine text{fill:var(--ink);text-anchor:middle}.machine rect{fill:var(--paper);stroke:var(--line)}.machine path{fill:none;stroke:var(--line)}`;

/** Draws a state machine: its states in a row in the order given, a bow for each change; forward above, back below. */
export function machineSvg(title: string, states: readonly string[], changes: readonly Change[]): string {
  const x = (state: string): number => 60 + states.indexOf(state) * (nodeWidth + gap);
  const isBack = ({ from, to }: Change): boolean => states.indexOf(to) < states.indexOf(from);
  const heightOf = ({ from, to, by }: Change): number =>
    rise * Math.abs(states.indexOf(to) - states.indexOf(from)) + 20 * by.length;
  const above = Math.max(0, ...changes.filter((change) => !isBack(change)).map(heightOf));
  const below = Math.max(0, ...changes.filter(isBack).map(heightOf));
  const y = above + 40;
  const bows = changes.map((change) => {
    const side = isBack(change) ? 1 : -1;
    const height = heightOf(change) * side;
    const [x1, x2] = [x(change.from) + (side < 0 ? 12 : -12), x(change.to) - (side < 0 ? 12 : -12)];
    const [edge, peak] = [y + 14 * side, y + 14 * side + height];
    // A Bézier bow reaches three quarters of the way to its control points.
    const top = edge + 0.75 * (peak - edge);
    const labels = change.by.map((name, i) => {
      const at = side < 0 ? top - 5 - 14 * i : top + 14 + 14 * i;
      return `<text x="${(x1 + x2) / 2}" y="${at}">${escaped(name)}</text>`;
    });
    return `<path marker-end="url(#machine-tip)" d="M${x1} ${edge}C${x1} ${peak},${x2} ${peak},${x2} ${edge + 3 * side}"/>${labels.join('')}`;
  });
  const nodes = states.map(
    (state) =>
      `<rect x="${x(state) - nodeWidth / 2}" y="${y - 14}" width="${nodeWidth}" height="28" rx="8"/><text x="${x(state)}" y="${y + 4}">${escaped(state)}</text>`,
  );
  const [width, height] = [x(states.at(-1) ?? '') + 60, y + below + 40];
  return `<svg xmlns="http://www.w3.org/2000/svg" class="machine" role="group" aria-label="${escaped(title)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><style>${style}</style><title>${escaped(title)}</title><defs><marker id="machine-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:var(--line);stroke:none"/></marker></defs>${bows.join('')}${nodes.join('')}</svg>`;
}
