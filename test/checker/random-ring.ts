import * as fc from 'fast-check';
import type { Model } from '../../checker/index.ts';

/** Equal processes that share a cell and a list of who was there: a member's name stands in keys, values and lists. */
interface Ring {
  readonly at: Record<string, number>;
  readonly left: Record<string, number>;
  cell: number;
  owner: string | null;
  seen: string[];
}

interface RingAction {
  readonly of: string;
  readonly line: number;
}

interface Line {
  readonly from: number;
  readonly to: number;
  readonly needs: 'nothing' | 'free' | 'own' | 'cell' | 'left';
  readonly does: 'nothing' | 'take' | 'give' | 'count' | 'left' | 'sign';
  readonly progress: boolean;
}

const places = 3;
const cells = 3;

const line: fc.Arbitrary<Line> = fc.record({
  from: fc.nat(places - 1),
  to: fc.nat(places - 1),
  needs: fc.constantFrom('nothing', 'nothing', 'free', 'own', 'cell', 'left'),
  does: fc.constantFrom('nothing', 'nothing', 'take', 'give', 'count', 'left', 'left', 'sign'),
  progress: fc.constantFrom(true, true, false),
});
const claim = fc.record({ place: fc.nat(places - 1), cell: fc.nat(cells - 1) });

/** Two or three equal processes that run the same random program. */
export const randomRing: fc.Arbitrary<Model<Ring, RingAction>> = fc
  .record({
    members: fc.integer({ min: 2, max: 3 }),
    lines: fc.array(line, { minLength: 3, maxLength: 6, size: 'max' }),
    claims: fc.array(claim, { minLength: 1, maxLength: 3 }),
    twins: fc.boolean(),
    kinds: fc.subarray(['always', 'quiescent', 'sometimes', 'step'] as const, { minLength: 1 }),
  })
  .map(({ members, lines, claims, twins, kinds }) => {
    const names = ['p1', 'p2', 'p3'].slice(0, twins ? 2 : members);
    return {
      name: 'ring',
      initial: { at: zeros(names), left: zeros(names), cell: 0, owner: null, seen: [] },
      actions: names.flatMap((of) => [...lines.keys()].map((number) => ({ of, line: number }))),
      label: ({ of, line: number }) => `${of} line ${number}`,
      progress: ({ line: number }) => lines[number]?.progress ?? false,
      step: (s, { of, line: number }) => step(s, of, lines[number] as Line),
      properties: claims.flatMap(({ place, cell }, i) =>
        kinds.map((kind) => ({
          name: `${kind} ${i}`,
          kind,
          class: 'safety' as const,
          sentence: '',
          source: '',
          subjects: names,
          check: (_: Ring, of: string, s: Ring) =>
            (kind === 'sometimes') === (s.at[of] === place && s.cell === cell && s.owner !== of),
        })),
      ),
      symmetry: twins
        ? { types: [], twins: [['p1', 'p2'] as const] }
        : { types: [names.map((name) => [name])], twins: [] },
    };
  });

function zeros(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, 0]));
}

function step(s: Ring, of: string, { from, to, needs, does }: Line): boolean {
  if (s.at[of] !== from) return false;
  if (needs === 'free' && s.owner !== null) return false;
  if (needs === 'own' && s.owner !== of) return false;
  if (needs === 'cell' && s.cell === 0) return false;
  if (needs === 'left' && s.left[of] === 0) return false;
  s.at[of] = to;
  if (does === 'take') s.owner = of;
  if (does === 'give') s.owner = null;
  if (does === 'count') s.cell = (s.cell + 1) % cells;
  if (does === 'left') s.left[of] = ((s.left[of] ?? 0) + 1) % 2;
  if (does === 'sign' && !s.seen.includes(of)) s.seen.push(of);
  return true;
}
