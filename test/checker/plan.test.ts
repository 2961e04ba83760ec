import { describe, expect, it } from 'vitest';
import { type Engine, explore, OptionError, type SearchOptions } from '../../checker/index.ts';
import { planOf, searchExclusions, searchRanges } from '../../checker/plan.ts';
import { startCrew } from '../../checker/threads/index.ts';
import { twoPhaseCommit } from '../../examples/two-phase-commit.ts';

/** What an engine says to options, which may be those of somebody without types. */
function errorOf(engine: Engine, options: object): OptionError {
  let searched = 0;
  const model = twoPhaseCommit(2);
  const step: typeof model.step = (state, action) => {
    searched++;
    return model.step(state, action);
  };
  try {
    explore({ ...model, step }, { ...(options as SearchOptions), engine });
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    expect(searched).toBe(0);
    return error;
  }
  throw new Error(`the ${engine} engine takes ${JSON.stringify(options)}`);
}

/** Options that have one value for each name of the table. */
const optionsOf: Readonly<Record<string, object>> = {
  'reduction symmetry': { reduction: 'symmetry' },
  'reduction unread': { reduction: 'unread' },
  shortest: { shortest: true },
  crew: { crew: startCrew(2) },
  onLevel: { onLevel: () => undefined },
  resume: { resume: {} },
  'limits.depthMax': { limits: { depthMax: 3 } },
  'limits.statesMax': { limits: { statesMax: 3 } },
  'limits.stopAtViolation': { limits: { stopAtViolation: true } },
};

describe('planOf', () => {
  for (const { option, value, excluded, excludedValue, why } of searchExclusions) {
    const name = excluded === 'reduction' ? `reduction ${excludedValue ?? 'symmetry'}` : excluded;
    it(`${option} ${value} excludes ${name}, before anything is searched`, () => {
      const engine = option === 'engine' ? (value as Engine) : 'fast';
      const own = option === 'engine' ? {} : { [option]: value };
      const error = errorOf(engine, { ...own, ...optionsOf[name] });
      expect(error.option).toBe(excluded);
      expect(error.message).toBe(
        `${option} ${value} does not support ${excludedValue ? name : excluded} (got ${error.got}, allowed ${error.allowed}): ${why}; leave one of them out`,
      );
    });
  }

  for (const [option, { min, max }] of Object.entries(searchRanges)) {
    it(`${option} is an integer from ${min} to ${max}, for every engine`, () => {
      const [name, limit] = option.split('.');
      for (const value of [min - 1, max + 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', {}]) {
        const options = limit ? { limits: { [limit]: value } } : { [name ?? '']: { size: value } };
        for (const engine of ['fast', 'plain', 'symbolic'] as const) {
          const { message, got, allowed } = errorOf(engine, options);
          expect([got, allowed]).toEqual([String(value), `an integer from ${min} to ${max}`]);
          expect(message).toBe(
            `${option} cannot be used (got ${value}, allowed an integer from ${min} to ${max}): give one in that range`,
          );
        }
      }
    });
  }

  it('refuses what it does not know', () => {
    expect(errorOf('fast', { limits: { depthmax: 3 } }).message).toMatch(
      /^there is no option limits\.depthmax \(got limits\.depthmax, allowed .*limits\.depthMax/,
    );
    expect(errorOf('plain', { reductions: ['symmetry'] }).option).toBe('reductions');
    expect(errorOf('quick' as Engine, {}).message).toBe(
      'engine quick is unknown (got quick, allowed fast, plain, symbolic): choose one of them',
    );
    expect(errorOf('fast', { reduction: 'all' }).message).toBe(
      'reduction all is unknown (got all, allowed symmetry, unread): choose one of them',
    );
  });

  it('takes what is left out in any way, and its own plan', () => {
    const options = {
      engine: 'symbolic',
      reduction: null,
      crew: undefined,
      limits: { stopAtViolation: false },
    };
    const plan = planOf(options as unknown as SearchOptions);
    expect(plan).toMatchObject({ engine: 'symbolic', limits: { stopAtViolation: false } });
    expect(explore(twoPhaseCommit(2), plan).report.stoppedBy).toBeNull();
  });

  it('spells the options as its caller does', () => {
    const spell = (option: string): string => `--${option.replace('limits.', '')}`;
    expect(() => planOf({ engine: 'symbolic', limits: { depthMax: 3 } }, spell)).toThrow(
      '--engine symbolic does not support --depthMax (got 3, allowed none): ',
    );
  });
});
