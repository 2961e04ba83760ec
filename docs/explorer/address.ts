import { OptionError, parseInteger, refusal } from '../../checker/option-checks.ts';
import { boundDefault, boundParsers, boundTexts } from '../../render/bound.ts';
import { findRevision } from '../../render/find-revision.ts';
import type { Bound } from '../../spec/index.ts';

/** What the page shows, all of it in the URL, so that a state can be sent to a colleague. */
export interface PageState {
  readonly revision: string;
  readonly bound: Bound;
  /** A path by choices: at each state the position of the step among the enabled ones. */
  readonly path: readonly number[];
  /** How many steps of the path have been taken. */
  readonly at: number;
  /** The rule whose counterexample was opened; null where none was. */
  readonly rule: string | null;
}

/** A path that the page offers by name. */
export interface Preset {
  readonly title: string;
  /** What is to be seen there, in some words. */
  readonly text: string;
  /** The address of its view. */
  readonly hash: string;
}

const viewDefault: PageState = {
  revision: 'early-exits',
  bound: { ...boundDefault, execs: 1 },
  path: [],
  at: 0,
  rule: null,
};

export function toHash({ revision, bound, path, at, rule }: PageState): string {
  const params = new URLSearchParams({
    revision,
    ...boundTexts(bound),
    path: path.join('.'),
    at: String(at),
    ...(rule === null ? {} : { rule }),
  });
  return `#${params}`;
}

/** Reads an address. @returns the view, and why parts of the address are not used: those are as in the default view */
export function fromHash(hash: string): { view: PageState; unknown: string[] } {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const unknown: string[] = [];
  const part = <T>(name: string, read: (text: string) => T, otherwise: T): T => {
    const text = params.get(name);
    try {
      return text === null ? otherwise : read(text);
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      unknown.push(error.message);
      return otherwise;
    }
  };
  const { bound, revision } = viewDefault;
  const path = part('path', pathFrom, viewDefault.path);
  const view = {
    revision: part('revision', (slug) => findRevision(slug).slug, revision),
    bound: {
      ...part('with', (list) => ({ ...bound, ...boundParsers.with(list) }), bound),
      containers: part('containers', boundParsers.containers, bound.containers),
      execs: part('execs', boundParsers.execs, bound.execs),
    },
    path,
    at: part('at', (text) => parseInteger('at', text, { min: 0, max: path.length }), path.length),
    rule: params.get('rule'),
  };
  return { view, unknown };
}

function pathFrom(text: string): number[] {
  if (/^(\d+(\.\d+)*)?$/.test(text)) return text === '' ? [] : text.split('.').map(Number);
  throw refusal(
    'path is no list of choices',
    'path',
    text,
    'numbers separated by dots',
    'copy the link again',
  );
}
