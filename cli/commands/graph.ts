import { ModelError, StateGraph } from '../../checker/index.ts';
import { boundText } from '../../render/bound.ts';
import { type AnyAction, labelOf, modelOf, type Service } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { type BoundFlags, parseBound, parseInteger } from '../flags/bound.ts';
import { findRevision } from '../flags/find-revision.ts';
import type { Output } from '../flags/output.ts';

export interface GraphFlags extends BoundFlags {
  readonly maxStates: string;
  readonly as: 'dot' | 'aut';
}

/** `shim-spec graph`: every state and step within a bound, for other tools. @returns the exit code */
export function graphCommand(slug: string, flags: GraphFlags, output: Output): number {
  const bound = parseBound(flags);
  const statesMax = parseInteger('--max-states', flags.maxStates, 1, 1e8);
  const model = modelOf(findRevision(slug), bound);
  const graph = new StateGraph<Service, AnyAction>(model, statesMax);
  const edges: { from: number; to: number; label: string }[] = [];
  try {
    for (let from = 0; from < graph.size; from++) {
      for (const { action, to } of graph.edges(from)) {
        edges.push({ from, to, label: labelOf(model.actions[action] ?? { type: '' }) });
      }
    }
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    throw new InputError(
      `${slug} has too many states to write (got more than ${statesMax}, allowed --max-states ${statesMax}): lower --execs, switch options off, or allow more`,
      exitCode.incomplete,
      { cause: error },
    );
  }
  output.write(
    flags.as === 'aut' ? autText(graph.size, edges) : dotText(`${slug}, ${boundText(bound)}`, edges),
  );
  return exitCode.holds;
}

type Edges = readonly { readonly from: number; readonly to: number; readonly label: string }[];

/** Graphviz: `dot -Tsvg`. */
function dotText(title: string, edges: Edges): string {
  const lines = edges.map(({ from, to, label }) => `  ${from} -> ${to} [label=${JSON.stringify(label)}];`);
  return [
    'digraph shim {',
    `  label=${JSON.stringify(title)};`,
    '  node [shape=circle];',
    '  0 [shape=doublecircle];',
    ...lines,
    '}',
  ].join('\n');
}

/** Aldebaran, as CADP and mCRL2 read it: `des (first, transitions, states)`. */
function autText(states: number, edges: Edges): string {
  return [
    `des (0,${edges.length},${states})`,
    ...edges.map(({ from, to, label }) => `(${from},${JSON.stringify(label)},${to})`),
  ].join('\n');
}
