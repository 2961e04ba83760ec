import { describe, expect, it } from 'vitest';
import { random } from '../../bench/random.ts';
import { tryFalseAlarms } from './false-alarms.ts';

describe('runs of proposed', () => {
  it('are told as no breach, however they are cut (10,000 containers, seed 1)', () => {
    const { events, cuts, breaches } = tryFalseAlarms(10_000, random(1));
    expect(breaches.map(({ rule, history }) => [rule.name, history])).toEqual([]);
    expect(events).toBeGreaterThan(15_000);
    expect(Object.values(cuts).every((n) => n > 500)).toBe(true);
  });
});
