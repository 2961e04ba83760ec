import { describe, expect, it } from 'vitest';
import { explore } from '../../checker/index.ts';
import { diningPhilosophers } from '../models/dining-philosophers.ts';
import { slidingLevels, slidingPuzzle } from '../models/sliding-puzzle.ts';
import { findingsOf, verdictsOf } from './compare.ts';
import { toys } from './toy-manifest.ts';

const engines = ['fast', 'plain'] as const;

for (const engine of engines) {
  describe(`explore by the ${engine} engine`, () => {
    for (const toy of toys) {
      if (!toy.plain && engine === 'plain') continue;
      it(`${toy.name}: ${toy.states} states, ${toy.transitions} transitions, depth ${toy.depth}`, () => {
        const { report } = toy.explore(engine);
        const { states, transitions, depth, quiescent } = toy;
        expect(report).toMatchObject({
          model: { name: toy.name },
          states,
          transitions,
          depth,
          quiescent,
          stoppedBy: null,
        });
        expect(verdictsOf(report.results)).toEqual(toy.verdicts);
        expect(report.taken.reduce((sum, times) => sum + times, 0)).toBe(transitions);
      });
    }

    it('sliding puzzle: has as many states in each level as OEIS A090034 says', () => {
      let sum = 0;
      for (const [depthMax, count] of slidingLevels.entries()) {
        sum += count;
        expect(explore(slidingPuzzle, { engine, limits: { depthMax } }).report.states).toBe(sum);
      }
      expect(sum).toBe(360);
    });

    it('dining philosophers: reaches every consistent placement of the forks, and no other', () => {
      for (const rightFirst of [false, true]) {
        const { states } = findingsOf(explore(diningPhilosophers(4, rightFirst), { engine }));
        expect([...states].map(wordOf).sort()).toEqual(consistentWords(4, rightFirst));
      }
    });

    it('names itself in its report', () => {
      const [toy] = toys;
      expect(toy?.explore(engine).report.engine).toBe(engine);
    });
  });
}

describe('the fast and the plain engine', () => {
  for (const toy of toys.filter(({ plain }) => plain)) {
    it(`${toy.name}: find the same states`, () => {
      const fast = findingsOf(toy.explore('fast'));
      expect(fast).toEqual(findingsOf(toy.explore('plain')));
      expect(fast.states.size).toBe(toy.states);
    });
  }
});

function wordOf(state: string): string {
  const { philosophers } = JSON.parse(state) as { philosophers: Record<string, string> };
  return Object.keys(philosophers)
    .sort()
    .map((name) => philosophers[name]?.[0])
    .join('');
}

/** All words over t(hinks), w(aits), e(ats) in which no fork is held twice. */
function consistentWords(count: number, rightFirst: boolean): string[] {
  let words = [''];
  for (let i = 0; i < count; i++)
    words = words.flatMap((word) => ['t', 'w', 'e'].map((letter) => word + letter));
  return words
    .filter((word) => {
      const held = [...word].flatMap((letter, i) => {
        const left = i;
        const right = (i + 1) % count;
        if (letter === 'e') return [left, right];
        return letter === 'w' ? [rightFirst && i === 0 ? right : left] : [];
      });
      return new Set(held).size === held.length;
    })
    .sort();
}
