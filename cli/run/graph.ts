import { CancelledError, ModelError, StateGraph } from '../../checker/index.ts';
import { boundText } from '../../render/bound.ts';
import {
  type AnyAction,
  type Bound,
  labelOf,
  modelOf,
  type Revision,
  type Service,
} from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';
import { isInterrupted, printComplaint, showStatus } from '../thread/session.ts';

interface GraphRequest {
  readonly bound: Bound;
  readonly statesMax: number;
  readonly as: 'dot' | 'aut';
  readonly output: Output;
}

/** `shim-spec graph`: every state and step within a bound, for other tools. @returns the exit code */
export function writeGraph(revision: Revision, { bound, statesMax, as, output }: GraphRequest): number {
  const { slug } = revision;
  const model = modelOf(revision, bound);
  const graph = new StateGraph<Service, AnyAction>(model, statesMax, {
    onProgress: ({ states }) => showStatus(`${slug}: ${states} states`),
    isCancelled: isInterrupted,
  });
  let isWhole = true;
  const edges: { from: number; to: number; label: string }[] = [];
  try {
    for (let from = 0; from < graph.size; from++) {
      for (const { action, to } of graph.edges(from)) {
        edges.push({ from, to, label: labelOf(model.actions[action] ?? { type: '' }) });
      }
    }
  } catch (error) {
    if (!(error instanceof ModelError || error instanceof CancelledError)) throw error;
    isWhole = error instanceof ModelError;
    if (isWhole)
      throw new InputError(
        `${slug} has too many states to write (got more than ${statesMax}, allowed --max-states ${statesMax}): lower --execs, drop options of --with, or raise --max-states`,
        exitCode.incomplete,
        { cause: error },
      );
  }
  const note = isWhole ? '' : '; incomplete: stopped by Ctrl-C or SIGTERM';
  const title = `${slug}, ${boundText(bound)}${note}`;
  output.write(as === 'aut' ? autText(graph.size, edges) : dotText(title, edges));
  if (isWhole) return exitCode.holds;
  printComplaint(
    `shim-spec: the graph is incomplete (got Ctrl-C or SIGTERM, allowed to run to the end): it has ${graph.size} states so far\n`,
  );
  return exitCode.incomplete;
}

/** Steps as the files have them: from one state's number to another's. */
type NumberedSteps = readonly { readonly from: number; readonly to: number; readonly label: string }[];

/** Graphviz: `dot -Tsvg`. */
function dotText(title: string, edges: NumberedSteps): string {
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
function autText(states: number, edges: NumberedSteps): string {
  return [
    `des (0,${edges.length},${states})`,
    ...edges.map(({ from, to, label }) => `(${from},${JSON.stringify(label)},${to})`),
  ].join('\n');
}
