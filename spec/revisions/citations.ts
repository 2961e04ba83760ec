/**
 * The lines of containerd that the steps of a revision cite.
 *
 * @module
 */
import type { Revision } from '../revision.ts';
import { roadSteps } from '../road/part.ts';
import { goCode, linesIn } from './go-code.ts';

/** Lines that a step mirrors. */
export interface Citation {
  /** The step's name. */
  readonly step: string;
  /** The file's path in containerd's repository. */
  readonly file: string;
  /** The first line, counted from one. */
  readonly from: number;
  /** The last line. */
  readonly to: number;
}

/** The commit of containerd that a revision mirrors; null for one that mirrors no Go code. */
export function commitOf({ tree }: Revision): string | null {
  return treeParts(tree)?.commit ?? null;
}

/** Every place that a revision's steps cite, in the order of the steps; none for one that mirrors no Go code. */
export function citationsOf(revision: Revision): Citation[] {
  const tree = treeParts(revision.tree);
  if (tree === null) return [];
  const steps = { ...revision.steps, ...roadSteps(revision.publisher) };
  const types = new Set([...Object.keys(steps), ...Object.keys(goCode)]);
  return [...types].flatMap((step) =>
    placesOf(revision, step).flatMap((place) => {
      const [, file = '', from = '', to = from] = /^(.+)#L(\d+)(?:-L(\d+))?$/.exec(place) ?? [];
      const { pathname } = new URL(`/${tree.folder}/${file}`, 'file:');
      return file === '' ? [] : [{ step, file: pathname.slice(1), from: Number(from), to: Number(to) }];
    }),
  );
}

/** The places of a step below the revision's tree, for every kind of call. */
function placesOf({ slug, codeOf, steps, publisher }: Revision, step: string): string[] {
  const own = steps[step]?.code;
  const lines = (own ?? roadSteps(publisher)[step]?.code ?? goCode[step])?.lines ?? '';
  return (typeof lines === 'string' ? [lines] : Object.values(lines)).flatMap((each) =>
    own ? each : (linesIn(each, codeOf ?? slug) ?? []),
  );
}

function treeParts(tree: string): { readonly commit: string; readonly folder: string } | null {
  const [, commit, folder] =
    /^https:\/\/github\.com\/containerd\/containerd\/blob\/([0-9a-f]{40})\/(.+)$/.exec(tree) ?? [];
  return commit === undefined || folder === undefined ? null : { commit, folder };
}
