import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../checker/canonical.ts';
import { ModelError } from '../../../checker/index.ts';
import { leafNo, leafYes, Tries } from '../../../checker/learning/tries.ts';
import { slotsOf, stateOf } from '../../../checker/store/slots.ts';
import { ownWords } from '../../../checker/store/words.ts';
import { fc, test } from '../../random.ts';

describe('Tries', () => {
  const learn = (tries: Tries, reads: number[], numbers: number[], leaf: number): void =>
    tries.learn(0, { reads, writes: [] }, numbers, leaf);

  it('accepts another run of the same path, and other values of the same slots', () => {
    const tries = new Tries(1, ownWords);
    learn(tries, [0, 1], [0, 0], leafNo);
    learn(tries, [0, 1], [0, 0], leafNo);
    learn(tries, [0, 1], [0, 900], leafYes);
    learn(tries, [0, 2], [70, 0, 5], leafYes);
    expect(() => learn(tries, [0, 1], [0, 900], leafNo)).toThrow(ModelError);
    expect(() => learn(tries, [0, 2], [70, 0, 5], leafYes)).not.toThrow();
  });

  it('refuses the same readings with another slot, another end, a shorter and a longer path', () => {
    const tries = new Tries(1, ownWords);
    learn(tries, [0, 1], [3, 4], leafNo);
    const others: [number[], number][] = [
      [[1, 0], leafNo],
      [[0, 1], leafYes],
      [[0], leafNo],
      [[], leafNo],
      [[0, 1, 2], leafNo],
    ];
    for (const [reads, leaf] of others)
      expect(() => learn(tries, reads, [3, 4, 5], leaf)).toThrow(/pure function/);
  });
});

describe('stateOf', () => {
  test.prop([
    fc.dictionary(
      fc.constantFrom('a', 'b', 'c'),
      fc.oneof(
        fc.integer(),
        fc.constant(null),
        fc.array(fc.nat()),
        fc.record({ x: fc.boolean(), y: fc.string() }),
      ),
    ),
  ])('rebuilds what slotsOf took apart', (state) => {
    const slots = slotsOf(state);
    expect(stateOf(slots, new Int32Array(slots.length))).toEqual(state);
  });

  it('gives copies that may be changed', () => {
    const slots = slotsOf({ list: [1] });
    (stateOf(slots, [0]) as { list: number[] }).list.push(2);
    expect(stateOf(slots, [0])).toEqual({ list: [1] });
    expect(() => stateOf(slots, [1])).toThrow('slot list has no value 1');
  });
});

describe('canonicalJson', () => {
  test.prop([fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)))])(
    'has one text for one value, whatever the order of its keys',
    (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(reversed(value))).toBe(text);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    },
  );

  it('tells apart what differs', () => {
    const values = [
      null,
      0,
      '',
      '0',
      'null',
      false,
      [],
      {},
      [[]],
      [null],
      { a: null },
      { a: [] },
      ['a'],
      '{"a":[]}',
    ];
    expect(new Set(values.map(canonicalJson)).size).toBe(values.length);
    expect(canonicalJson({ b: [2, 1], a: { d: null, c: 'x' } })).toBe('{"a":{"c":"x","d":null},"b":[2,1]}');
  });
});

/** The same value with the keys of every object in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, reversed(child)]),
  );
}
