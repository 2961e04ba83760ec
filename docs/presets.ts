/** The paths that the explorer offers by name: the checker finds them while the page is built. */
import { type Bound, noOptions, revisions } from '../spec/index.ts';
import { shortestCounterexample } from './counterexample.ts';
import { type Preset, toHash } from './explorer/address.ts';
import { explorerHash } from './explorer-link.ts';

interface Wanted {
  readonly title: string;
  readonly slug: string;
  readonly bound: Partial<Bound>;
  readonly rule: string;
}

const wanted: readonly Wanted[] = [
  { title: "The seed's deadlock", slug: 'early-exits', bound: { delete: true }, rule: 'no deadlock' },
  {
    title: "An exec's exit comes after its init's",
    slug: 'mu-locked',
    bound: { delete: true },
    rule: "an init's exit is the last of its container",
  },
  {
    title: 'A Delete overtakes the exit',
    slug: 'main',
    bound: { delete: true },
    rule: 'delete follows exit',
  },
  { title: "main's worst: a panic", slug: 'main', bound: { again: true }, rule: 'the shim does not panic' },
];

/** Every preset; the first one is what the explorer opens with. */
export function presets(): Preset[] {
  const [seed] = wanted;
  if (!seed) return [];
  const nothing = { revision: seed.slug, bound: boundOf(seed), path: [], at: 0, rule: null };
  return [
    ...wanted.map(found),
    { title: 'Your own steps', text: `${seed.slug}, from the beginning`, hash: toHash(nothing) },
  ];
}

function boundOf({ bound }: Wanted): Bound {
  return { ...noOptions, containers: 1, execs: 1, ...bound };
}

function found(each: Wanted): Preset {
  const { title, slug, rule } = each;
  const revision = revisions.find((candidate) => candidate.slug === slug);
  if (!revision) throw new Error(`no revision ${slug}`);
  const counterexample = shortestCounterexample(revision, boundOf(each), rule);
  return { title, text: `${slug}, ${counterexample.trace.length} steps`, hash: explorerHash(counterexample) };
}
