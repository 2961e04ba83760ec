import { type Simulation, simulate } from '../../checker/index.ts';
import { boundText } from '../../render/bound.ts';
import { tell } from '../../render/story.ts';
import { count } from '../../render/table.ts';
import { storyText } from '../../render/trace.ts';
import {
  type AnyAction,
  type Bound,
  labelOf,
  modelOf,
  type Revision,
  type Service,
} from '../../spec/index.ts';
import { exitCode, exitCodeOfClasses } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';
import { isInterrupted, showStatus } from '../thread/session.ts';

interface SimulateRequest {
  readonly bound: Bound;
  readonly walks: number;
  readonly stepsMax: number;
  readonly seed: number;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** `shim-spec simulate`: random walks; they find what is broken, and never say that a rule holds. @returns the exit code */
export function simulateWalks(revision: Revision, request: SimulateRequest): number {
  const { bound, walks, stepsMax, seed, format, output } = request;
  showStatus(revision.slug);
  const found = simulate(modelOf(revision, bound), {
    ...{ seed, walks, stepsMax, isCancelled: isInterrupted },
    onProgress: (now) =>
      showStatus(`${revision.slug}: ${count(now.walks)} of ${count(walks)} walks, ${count(now.steps)} steps`),
  });
  const print = format === 'json' ? simulationJson : simulationText;
  output.write(print(revision, bound, seed, found, output));
  if (found.isCutShort) return exitCode.incomplete;
  const broken = found.met.filter(({ property }) => property.kind !== 'sometimes');
  return exitCodeOfClasses(broken.map(({ property }) => property.class)) ?? exitCode.incomplete;
}

function untaken(revision: Revision, bound: Bound, { taken }: Simulation<Service, AnyAction>): string[] {
  return revision.actions(bound).flatMap((action, i) => (taken[i] === 0 ? [labelOf(action)] : []));
}

function simulationJson(
  revision: Revision,
  bound: Bound,
  seed: number,
  found: Simulation<Service, AnyAction>,
): string {
  const { walks, steps, judged, isCutShort: interrupted } = found;
  const met = found.met.map(({ property, subject, trace }) => ({
    property: property.name,
    kind: property.kind,
    subject,
    trace: trace.map(labelOf),
  }));
  const never = untaken(revision, bound, found);
  return JSON.stringify(
    { revision: revision.slug, bound, seed, interrupted, walks, steps, judged, met, never },
    null,
    2,
  );
}

function simulationText(
  revision: Revision,
  bound: Bound,
  seed: number,
  found: Simulation<Service, AnyAction>,
  output: Output,
): string {
  const c = output.colors;
  const { met, walks, steps, judged, taken } = found;
  const broken = met.filter(({ property }) => property.kind !== 'sometimes');
  const { properties } = modelOf(revision, bound);
  const witnesses = properties.filter(({ kind }) => kind === 'sometimes');
  const never = untaken(revision, bound, found);
  const shortest = broken.toSorted((a, b) => a.trace.length - b.trace.length).at(0);
  const trace = shortest
    ? [
        '',
        `${shortest.property.name} (${shortest.subject}), a shorter way may exist:`,
        '',
        storyText(tell(revision, bound, shortest.trace), c),
      ]
    : [];
  return [
    `${c.bold(revision.slug)}: ${revision.title}`,
    `bound: ${boundText(bound)}`,
    '',
    ...broken.map(
      (each) => `  ${c.red('✗')} ${each.property.name}  ${each.subject}  ${each.trace.length} steps`,
    ),
    ...(broken.length > 0 ? [''] : []),
    c.yellow(
      `${broken.length} of ${properties.length - witnesses.length} rules seen broken; nothing is proved: ${count(walks)} random walks, ${count(steps)} steps, ${count(judged)} states judged, seed ${seed}`,
    ),
    ...(found.isCutShort ? [c.yellow('stopped by Ctrl-C or SIGTERM')] : []),
    `coverage: ${taken.length - never.length} of ${taken.length} actions taken, ${met.length - broken.length} of ${witnesses.length} witnesses reached`,
    ...(never.length > 0
      ? [c.dim(`never taken: ${never.slice(0, 12).join(', ')}${never.length > 12 ? ', …' : ''}`)]
      : []),
    ...trace,
  ].join('\n');
}
