import { noOptions, type Revision } from '../../spec/index.ts';
import { codeTrees, goCode } from '../../spec/revisions/go-code.ts';
import { type CallKind, kindsOf } from '../../spec/steps.ts';

/** What a revision does not say of itself, and what its traces lack therefore. */
export function revisionNotes(revision: Revision): string[] {
  const { codeOf, slug, tree, steps } = revision;
  const known = Object.keys(steps).filter((name) => !steps[name]?.code && goCode[name]);
  const isMirrored = codeTrees.includes(codeOf ?? slug);
  const notes = Object.keys(steps).flatMap((name) => noteOf(revision, name));
  if (known.length > 0 && tree.startsWith('https:') && !isMirrored) {
    notes.push(
      `traces show no Go lines (got codeOf ${codeOf ?? 'none'}, allowed ${codeTrees.join(', ')}): name the revision that it changes`,
    );
  }
  return notes;
}

function noteOf({ steps }: Revision, name: string): string[] {
  const step = steps[name];
  const code = step?.code;
  if (!step || (!code && goCode[name])) return [];
  if (!code) {
    return [
      `step ${name} has no text (got none, allowed { text, lines }): traces show its name; give it as the last argument of byCalls, byThreads, byProcesses or byExitLoop`,
    ];
  }
  if (typeof code.lines !== 'object' || step.field !== 'call') return [];
  const { lines } = code;
  const calls = step.takers({
    containers: 1,
    execs: 1,
    ...noOptions,
    kill: true,
    wait: true,
    delete: true,
  });
  const without = calls.filter((call) => !kindsOf(call).some((kind: CallKind) => lines[kind] !== undefined));
  if (without.length === 0) return [];
  const kinds = [...new Set(without.map((call) => kindsOf(call)[1]))].join(', ');
  return [
    `step ${name} has no lines for ${kinds} (got ${Object.keys(lines).join(', ') || 'none'}): traces show it without them`,
  ];
}
