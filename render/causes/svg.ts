import { escaped } from '../sequence-svg.ts';
import { type CausesReport, type HalfReport, type OptionNames, type RuleReport, setText } from './report.ts';

const rowHeight = 24;
const columnWidth = 30;
const charWidth = 7.3;
const top = 176;
const barWidth = 120;
const footer = 48;

const light =
  '--ink:#1f2328;--soft:#57606a;--line:#d0d7de;--bad:#cf222e;--good:#1a7f37;--open:#9a6700;--dot:#d0d7de;--stripe:#f6f8fa';
const dark =
  '--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--bad:#ff7b72;--good:#3fb950;--open:#d29922;--dot:#30363d;--stripe:#161b22';
const style = `
.causes{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;${light}}
@media(prefers-color-scheme:dark){.causes{${dark}}}
:root[data-theme=dark] .causes{${dark}}:root[data-theme=light] .causes{${light}}
.causes text{fill:var(--ink)}.causes .soft{fill:var(--soft)}.causes .title{font-weight:600;font-size:14px}
.causes .stripe{fill:var(--stripe)}.causes .off{fill:var(--dot)}.causes .on{fill:var(--bad)}.causes .join{stroke:var(--bad);stroke-width:2.5}
.causes .violated{fill:var(--bad)}.causes .holds{fill:var(--good)}.causes .unknown{fill:var(--open)}.causes .absent{fill:var(--line)}`;

/** A line of the picture: a cause, or a rule without one. */
interface Line {
  readonly rule: RuleReport;
  readonly isFirst: boolean;
  readonly set: OptionNames | null;
  readonly text: string;
}

/**
 * The causes as a picture: a column for each option, a line for each cause with a dot for each option that it needs, and
 * beside each rule how many of the sets break it.
 */
export function causesSvg(report: CausesReport): string {
  const blocks = report.halves.filter((half, i) => i === 0 || !isSame(report.halves[0], half));
  const drawn = blocks.map((half) => ({ half, lines: half.rules.flatMap(linesOf) }));
  const names = Math.max(...drawn.flatMap(({ lines }) => lines.map(({ rule }) => rule.rule.length)), 0);
  const left = 24 + Math.ceil(names * charWidth);
  const afterDots = left + report.options.length * columnWidth + 12;
  const texts = Math.max(...drawn.flatMap(({ lines }) => lines.map(({ text }) => text.length)), 0);
  const barAt = afterDots + Math.ceil(texts * charWidth) + 16;
  const width = barAt + barWidth + 24;
  let y = top;
  const parts = drawn.map(({ half, lines }) => {
    const heading = report.halves.length > 1 ? headingOf(half, drawn.length === 1) : '';
    const from = heading === '' ? y : y + rowHeight;
    const head = heading === '' ? '' : `<text x="12" y="${y + 4}" class="soft">${escaped(heading)}</text>`;
    const rows = lines.map((line, i) =>
      lineSvg(report, line, from + i * rowHeight, i % 2 === 0, { left, afterDots, barAt, width }),
    );
    y = from + lines.length * rowHeight + 12;
    return head + rows.join('');
  });
  const title = titleOf(report);
  const height = y + footer;
  return `<svg xmlns="http://www.w3.org/2000/svg" class="causes" role="group" aria-label="${escaped(title)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><style>${style}</style><title>${escaped(title)}</title><text x="12" y="24" class="title">${escaped(title)}</text>${columnHeads(report, left)}${parts.join('')}${legend(y + 16)}</svg>`;
}

function titleOf({ revision, containers, execs }: CausesReport): string {
  return `${revision}: what it takes to break each rule, ${containers} × ${execs}`;
}

function headingOf({ fixed }: HalfReport, isBoth: boolean): string {
  if (isBoth) return 'with a private or a shared pid namespace';
  return fixed.length === 0 ? 'with a private pid namespace' : 'with a shared pid namespace';
}

function isSame(a: HalfReport | undefined, b: HalfReport): boolean {
  const key = (half: HalfReport | undefined): string =>
    JSON.stringify(
      half?.rules.map(({ rule, causes, sets }) => [rule, causes.map((each) => each.with), sets]),
    );
  return key(a) === key(b);
}

function linesOf(rule: RuleReport): Line[] {
  const none = rule.sets.unknown > 0 ? 'no cause found' : 'holds';
  if (rule.causes.length === 0) return [{ rule, isFirst: true, set: null, text: none }];
  return rule.causes.map(({ with: set, steps }, i) => ({
    rule,
    isFirst: i === 0,
    set,
    text: set.length === 0 ? `no option, ${steps} steps` : `${steps} steps`,
  }));
}

function lineSvg(
  { options }: CausesReport,
  { rule, isFirst, set, text }: Line,
  y: number,
  isStriped: boolean,
  at: { left: number; afterDots: number; barAt: number; width: number },
): string {
  const x = (i: number): number => at.left + i * columnWidth + columnWidth / 2;
  const on = options.flatMap((name, i) => (set?.includes(name) ? [i] : []));
  const said = set === null ? text : `${rule.rule}: ${setText(set)}, ${text}`;
  return [
    isStriped
      ? `<rect class="stripe" x="4" y="${y - rowHeight / 2}" width="${at.width - 8}" height="${rowHeight}"/>`
      : '',
    isFirst ? `<text x="12" y="${y + 4}">${escaped(rule.rule)}</text>` : '',
    `<g role="img" aria-label="${escaped(said)}">`,
    on.length > 1
      ? `<line class="join" x1="${x(on[0] ?? 0)}" x2="${x(on.at(-1) ?? 0)}" y1="${y}" y2="${y}"/>`
      : '',
    ...options.map(
      (_, i) =>
        `<circle class="${on.includes(i) ? 'on' : 'off'}" cx="${x(i)}" cy="${y}" r="${on.includes(i) ? 6.5 : 4}"/>`,
    ),
    '</g>',
    `<text x="${at.afterDots}" y="${y + 4}" class="soft">${escaped(text)}</text>`,
    isFirst ? barSvg(rule, at.barAt, y) : '',
  ].join('');
}

/** Which share of the sets has which verdict. */
function barSvg({ sets }: RuleReport, x: number, y: number): string {
  const all = sets.violated + sets.holds + sets.absent + sets.unknown;
  let from = x;
  return (['violated', 'holds', 'absent', 'unknown'] as const)
    .map((verdict) => {
      const width = (barWidth * sets[verdict]) / all;
      const part = `<rect class="${verdict}" x="${from.toFixed(1)}" y="${y - 6}" width="${width.toFixed(1)}" height="12"><title>${verdict}: ${sets[verdict]} of ${all} sets</title></rect>`;
      from += width;
      return width === 0 ? '' : part;
    })
    .join('');
}

function columnHeads({ options }: CausesReport, left: number): string {
  return options
    .map((name, i) => {
      const x = left + i * columnWidth + columnWidth / 2;
      return `<text transform="translate(${x + 4} ${top - 18})rotate(-60)">${escaped(name)}</text>`;
    })
    .join('');
}

function legend(y: number): string {
  const words = [
    ['violated', 'breaks'],
    ['holds', 'holds'],
    ['absent', 'no rule of these sets'],
    ['unknown', 'unknown'],
  ] as const;
  let x = 12;
  const parts = words.map(([verdict, text]) => {
    const part = `<rect class="${verdict}" x="${x}" y="${y - 9}" width="12" height="12"/><text x="${x + 18}" y="${y + 2}" class="soft">${text}</text>`;
    x += 34 + text.length * charWidth;
    return part;
  });
  return `${parts.join('')}<text x="${x}" y="${y + 2}" class="soft">(share of all sets of options)</text>`;
}
