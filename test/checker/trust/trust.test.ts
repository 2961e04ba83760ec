import { afterAll, describe, expect, it } from 'vitest';
// A thread is a file of JavaScript, so these are the built ones.
import { explore } from '../../../dist/checker/index.js';
import { startCrew } from '../../../dist/checker/threads/index.js';
import { runs } from '../../depth.ts';
import { trySystems } from './try-systems.ts';

const crew = startCrew(2, 3);
afterAll(() => crew.dismiss());

/** It is all processor time: a busy machine needs a multiple of it. */
const patienceMs = 900_000;

const systems = runs(500, 2_000);
const seed = Math.trunc(Math.random() * 2 ** 31);

describe('all engines, with each reduction and without', () => {
  it(
    `agree on ${systems} random systems (seed ${seed}); npm run trust tries more`,
    () => {
      const { met, problem } = trySystems(systems, seed, (model) => explore(model, { crew }));
      expect(problem).toBeNull();
      // Whatever the seed, each of these is met more than ten times on average.
      for (const what of [
        'models with a symmetry',
        'models without a symmetry',
        'models that come to rest',
        'models that never rest: all runs end in a cycle',
        'refused: writes and refuses',
        'refused: says nothing',
        'refused: throws',
        'refused: writes undefined',
        'fast: refuses a step that reads otherwise',
        'always violated',
        'quiescent violated',
        'sometimes holds',
        'step violated',
      ])
        expect(met.get(what) ?? 0, what).toBeGreaterThan(0);
    },
    patienceMs,
  );
});
