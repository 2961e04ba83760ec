import { type Bound, noOptions, type Options } from '../../spec/index.ts';

/** What a search may cover, as on the command line. */
export const containersMax = 4;
export const execsMax = 8;

/** What the page shows, all of it in the URL, so that a state can be sent to a colleague. */
export interface View {
  readonly revision: string;
  readonly bound: Bound;
  /** A path by choices: at each state the position of the step among the enabled ones. */
  readonly path: readonly number[];
  /** How many steps of the path have been taken. */
  readonly at: number;
}

export const optionNames: readonly (keyof Options)[] = Object.keys(noOptions) as (keyof Options)[];

const viewDefault: View = {
  revision: 'early-exits',
  bound: { ...noOptions, containers: 1, execs: 1, delete: true },
  path: [],
  at: 0,
};

export function toHash({ revision, bound, path, at }: View): string {
  const on = optionNames.filter((name) => bound[name]);
  const params = new URLSearchParams({
    revision,
    containers: String(bound.containers),
    execs: String(bound.execs),
    with: on.join(','),
    path: path.join('.'),
    at: String(at),
  });
  return `#${params}`;
}

/** Reads an address. @returns the view, and what of the address could not be understood and is as in the default view */
export function fromHash(hash: string, revisions: readonly string[]): { view: View; unknown: string[] } {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const unknown: string[] = [];
  const integer = (name: string, min: number, max: number, otherwise: number): number => {
    const text = params.get(name);
    const value = Number(text ?? otherwise);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    unknown.push(`${name}=${text} (allowed ${min} to ${max})`);
    return otherwise;
  };
  const on = (params.get('with') ?? 'delete').split(',').filter((name) => name !== '');
  for (const name of on) if (!optionNames.some((each) => each === name)) unknown.push(`with=${name}`);
  const revision = params.get('revision') ?? viewDefault.revision;
  if (!revisions.includes(revision)) unknown.push(`revision=${revision}`);
  const path = (params.get('path') ?? '')
    .split('.')
    .filter((part) => /^\d+$/.test(part))
    .map(Number);
  const options = Object.fromEntries(
    optionNames.map((name) => [name, on.includes(name)]),
  ) as unknown as Options;
  const bound = {
    ...options,
    containers: integer('containers', 1, containersMax, 1),
    execs: integer('execs', 0, execsMax, 1),
  };
  const isKnown = revisions.includes(revision);
  const at = integer('at', 0, path.length, path.length);
  return { view: { revision: isKnown ? revision : viewDefault.revision, bound, path, at }, unknown };
}
