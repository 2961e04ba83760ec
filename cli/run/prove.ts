import { count } from '../../render/table.ts';
import { exitCode } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';
import { type Finding, proof } from '../prove/proof.ts';
import { isInterrupted, showStatus } from '../thread/session.ts';

/** Of the pid namespace of the container in focus. */
type NamespaceKind = 'private' | 'shared';

interface ProveRequest {
  readonly kinds: readonly NamespaceKind[];
  /** States of one part. */
  readonly statesMax: number;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** What the machine does not show; docs/decisions/0009-beyond-the-bound.md has the reasons. */
const assumed = [
  'that the parts make a proof: an induction over the steps of a run, for every choice of the container and exec in focus',
  'that the steps ask at every size as they were seen to ask at the bounds',
  'that the kernel gives different pids to processes which are not reaped, and that nothing sends a second Create or uses an exec id again',
];

/** `shim-spec prove`: the rules hold of `proposed` for any number of containers, execs and calls. @returns the exit code */
export function prove({ kinds, statesMax, format, output }: ProveRequest): number {
  const parts = kinds.map((kind) => ({ kind, findings: findingsOf(kind, statesMax) }));
  const all = parts.flatMap(({ findings }) => findings);
  const interrupted = isInterrupted();
  const isProved = all.every(({ holds }) => holds === true) && !interrupted;
  output.write(
    format === 'json'
      ? JSON.stringify({ revision: 'proposed', isProved, interrupted, parts, assumed }, null, 2)
      : proofText(parts, all, interrupted, output),
  );
  return isProved ? exitCode.holds : exitCode.incomplete;
}

/** The parts that were checked before an interrupt; all of them where there is none. */
function findingsOf(kind: NamespaceKind, statesMax: number): Finding[] {
  const findings: Finding[] = [];
  if (isInterrupted()) return findings;
  const place = (): string => `${kind} pid namespace, part ${findings.length + 1}`;
  showStatus(place());
  const watching = {
    onProgress: ({ states }: { readonly states: number }) =>
      showStatus(`${place()}: ${count(states)} states`),
    isCancelled: isInterrupted,
  };
  for (const finding of proof(kind === 'shared', statesMax, watching)) {
    findings.push(finding);
    if (isInterrupted()) break;
    showStatus(place());
  }
  return findings;
}

function proofText(
  parts: readonly { kind: NamespaceKind; findings: readonly Finding[] }[],
  all: readonly Finding[],
  interrupted: boolean,
  { colors: c }: Output,
): string {
  const open = all.filter(({ holds }) => holds !== true).length;
  const verdict = interrupted
    ? c.yellow(`not shown: stopped by Ctrl-C or SIGTERM in part ${all.length}`)
    : open === 0
      ? c.green('holds for any number of containers, execs and calls, with every option')
      : c.yellow(`not shown: ${open} of ${all.length} parts do not hold or were cut short`);
  return [
    `${c.bold('proposed')}: beyond the bound`,
    'one container with one exec in full, everything else as ghosts: docs/decisions/0009-beyond-the-bound.md',
    ...parts.flatMap(({ kind, findings }) => [
      '',
      `${kind} pid namespace of the container in focus:`,
      ...findings.flatMap((finding) => findingLines(finding, c)),
    ]),
    '',
    'not shown by the machine:',
    ...assumed.map((line) => `  - ${line}`),
    '',
    verdict,
  ].join('\n');
}

function findingLines({ claim, holds, counts, lines }: Finding, c: Output['colors']): string[] {
  const sign = holds === true ? c.green('✓') : holds === false ? c.red('✗') : c.yellow('?');
  const numbers = Object.entries(counts).map(([name, n]) => `${count(n)} ${name}`);
  return [
    `  ${sign} ${claim}`,
    `      ${numbers.join(', ')}`,
    ...lines.map((line) => `      ${c.dim(line)}`),
  ];
}
