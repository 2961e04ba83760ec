import { type Bound, noOptions, type Options } from '../../spec/index.ts';

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

/** Reads an address; what cannot be understood is as in the default view. */
export function fromHash(hash: string, revisions: readonly string[]): View {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const on = (params.get('with') ?? 'delete').split(',');
  const revision = params.get('revision') ?? '';
  const path = (params.get('path') ?? '')
    .split('.')
    .filter((part) => /^\d+$/.test(part))
    .map(Number);
  const options = Object.fromEntries(
    optionNames.map((name) => [name, on.includes(name)]),
  ) as unknown as Options;
  return {
    revision: revisions.includes(revision) ? revision : viewDefault.revision,
    bound: {
      ...options,
      containers: within(params.get('containers'), 1, 2, 1),
      execs: within(params.get('execs'), 0, 3, 1),
    },
    path,
    at: within(params.get('at'), 0, path.length, path.length),
  };
}

function within(text: string | null, min: number, max: number, otherwise: number): number {
  const value = Number(text ?? Number.NaN);
  return Number.isInteger(value) && value >= min && value <= max ? value : otherwise;
}
