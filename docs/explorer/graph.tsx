import elk from 'elkjs/lib/elk.bundled.js';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { type Model, StateGraph } from '../../checker/index.ts';
import { violationsOf } from '../../checker/replay.ts';
import {
  type AnyAction,
  type Bound,
  labelOf,
  modelOf,
  type Revision,
  type Service,
} from '../../spec/index.ts';

/** More states than this are no picture any more. */
const statesMax = 220;
const size = 18;

/** elkjs is a CommonJS module, whose types speak of a default export. */
const Layouter = elk as unknown as new () => {
  layout: (graph: object) => Promise<Laid>;
};

interface Laid {
  readonly width?: number;
  readonly height?: number;
  readonly children?: readonly { readonly id: string; readonly x?: number; readonly y?: number }[];
  readonly edges?: readonly { readonly id: string; readonly sections?: readonly Section[] }[];
}

interface Section {
  readonly startPoint: Point;
  readonly bendPoints?: readonly Point[];
  readonly endPoint: Point;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly { id: string; x: number; y: number; breaks: readonly string[] }[];
  readonly edges: readonly { id: string; label: string; points: string }[];
}

/** The state graph of a small model, in layers; a state opens the shortest path to it. */
export function Graph({
  revision,
  bound,
  here,
  onOpen,
}: {
  revision: Revision;
  bound: Bound;
  /** The labels of the path to the reader's state. */
  here: readonly string[];
  onOpen: (labels: readonly string[]) => void;
}): JSX.Element {
  const [drawn, setDrawn] = useState<Drawn | string>('…');
  const { graph, paths } = useMemo(() => {
    const all = new StateGraph(modelOf(revision, bound));
    return { graph: all, paths: pathsOf(all) };
  }, [revision, bound]);
  useEffect(() => {
    if (paths === null) {
      setDrawn(
        `more than ${statesMax} states: lower the bound to see them (1 container, 0 execs, no option)`,
      );
      return;
    }
    setDrawn('…');
    void layout(graph).then(setDrawn, (error: Error) => setDrawn(error.message));
  }, [revision.slug, JSON.stringify(bound)]);
  if (typeof drawn === 'string' || paths === null)
    return <p class="soft">{String(typeof drawn === 'string' ? drawn : '')}</p>;
  const at = numberOf(graph, here);
  return (
    <section class="wide" tabIndex={0} aria-label="State graph">
      <svg
        class="graph"
        aria-label={`${drawn.nodes.length} states`}
        width={drawn.width + 20}
        height={drawn.height + 20}
        viewBox={`-10 -10 ${drawn.width + 20} ${drawn.height + 20}`}
      >
        {drawn.edges.map(({ id, label, points }) => (
          <polyline key={id} points={points}>
            <title>{label}</title>
          </polyline>
        ))}
        {drawn.nodes.map(({ id, x, y, breaks }) => (
          <a
            key={id}
            href="#walk"
            onClick={(event) => {
              event.preventDefault();
              onOpen(paths.get(Number(id)) ?? []);
            }}
          >
            <circle
              cx={x + size / 2}
              cy={y + size / 2}
              r={size / 2 - 3}
              class={Number(id) === at ? 'here' : ''}
            />
            {breaks.length > 0 ? <path class="broken" d={cross(x + size / 2, y + size / 2)} /> : null}
            <title>{`state ${id}: ${(paths.get(Number(id)) ?? []).at(-1) ?? 'the beginning'}${breaks.length > 0 ? `, breaks ${breaks.join('; ')}` : ''}`}</title>
          </a>
        ))}
      </svg>
    </section>
  );
}

type AnyGraph = StateGraph<never, never>;

/** The shortest way to each state, by labels; null where there are too many. */
function pathsOf(any: unknown): Map<number, string[]> | null {
  const graph = any as AnyGraph;
  const paths = new Map<number, string[]>([[0, []]]);
  for (const [number, path] of paths) {
    if (paths.size > statesMax) return null;
    for (const { action, to } of graph.edges(number))
      if (!paths.has(to)) paths.set(to, [...path, labelAt(graph, action)]);
  }
  return paths;
}

function labelAt(graph: AnyGraph, action: number): string {
  return labelOf(graph.model.actions[action] ?? { type: '' });
}

function numberOf(any: unknown, labels: readonly string[]): number {
  const graph = any as AnyGraph;
  return labels.reduce(
    (at, label) => graph.edges(at).find(({ action }) => labelAt(graph, action) === label)?.to ?? at,
    0,
  );
}

/** The rules that a state breaks. */
function brokenAt(graph: AnyGraph, number: number): string[] {
  const model = graph.model as unknown as Model<Service, AnyAction>;
  const state = graph.state(number) as unknown as Service;
  return violationsOf({ ...model, initial: state }, []).map(({ property }) => property.name);
}

function cross(x: number, y: number): string {
  const arm = size / 2 - 1;
  return `M${x - arm} ${y - arm}L${x + arm} ${y + arm}M${x + arm} ${y - arm}L${x - arm} ${y + arm}`;
}

async function layout(any: unknown): Promise<Drawn> {
  const graph = any as AnyGraph;
  const numbers = Array.from({ length: graph.size }, (_, i) => i);
  const edges = numbers.flatMap((from) =>
    graph.edges(from).map(({ action, to }, i) => ({
      id: `${from}-${i}`,
      sources: [String(from)],
      targets: [String(to)],
      label: labelAt(graph, action),
    })),
  );
  const laid = await new Layouter().layout({
    id: 'root',
    layoutOptions: { 'elk.algorithm': 'layered', 'elk.direction': 'DOWN', 'elk.spacing.nodeNode': '10' },
    children: numbers.map((number) => ({ id: String(number), width: size, height: size })),
    edges: edges.map(({ id, sources, targets }) => ({ id, sources, targets })),
  });
  return {
    width: laid.width ?? 0,
    height: laid.height ?? 0,
    nodes: (laid.children ?? []).map(({ id, x = 0, y = 0 }) => ({
      id,
      x,
      y,
      breaks: brokenAt(graph, Number(id)),
    })),
    edges: (laid.edges ?? []).map(({ id, sections = [] }) => ({
      id,
      label: edges.find((edge) => edge.id === id)?.label ?? '',
      points: sections
        .flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint])
        .map(({ x, y }) => `${x},${y}`)
        .join(' '),
    })),
  };
}
