import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { bitsFor, Layout } from '../../checker/fast/layout.ts';
import { Slot } from '../../checker/fast/slots.ts';
import { hashOf, Store } from '../../checker/fast/store.ts';

/** Slots that have had `sizes[i]` values each. */
function slotsWith(sizes: readonly number[]): Slot[] {
  return sizes.map((size, index) => {
    const slot = new Slot([`s${index}`]);
    for (let value = 0; value < size; value++) slot.numberOf(value);
    return slot;
  });
}

/** Slot sizes, and a few states' value numbers that fit them. */
const sizesAndStates: fc.Arbitrary<{ sizes: number[]; states: number[][] }> = fc
  .array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 40, size: 'max' })
  .chain((sizes) =>
    fc.record({
      sizes: fc.constant(sizes),
      states: fc.array(fc.tuple(...sizes.map((size) => fc.nat(size - 1))), { minLength: 1, maxLength: 5 }),
    }),
  );

function unpacked(layout: Layout, words: Int32Array, from: number): number[] {
  const into = new Int32Array(layout.word.length);
  layout.unpack(words, from, into);
  return [...into];
}

/** Writes every slot of a state to `words` from `from` on: the reverse of `unpack`. */
function pack(layout: Layout, numbers: Int32Array, words: Int32Array, from: number): void {
  words.fill(0, from, from + layout.width);
  for (const [slot, number] of numbers.entries()) {
    const at = from + (layout.word[slot] ?? 0);
    words[at] = (words[at] ?? 0) | (number << (layout.shift[slot] ?? 0));
  }
}

describe('bitsFor', () => {
  it('numbers that many values and no more', () => {
    expect([0, 1, 2, 3, 4, 5, 8, 9, 256, 257, 2 ** 31].map(bitsFor)).toEqual([
      0, 0, 1, 2, 2, 3, 3, 4, 8, 9, 31,
    ]);
  });
});

describe('Layout', () => {
  test.prop([sizesAndStates])('gives back what it packed, wherever that stands', ({ sizes, states }) => {
    const layout = new Layout(slotsWith(sizes));
    const words = new Int32Array(layout.width * states.length).fill(-1);
    for (const [i, state] of states.entries()) pack(layout, Int32Array.from(state), words, i * layout.width);
    for (const [i, state] of states.entries())
      expect(unpacked(layout, words, i * layout.width)).toEqual(state);
  });

  test.prop([sizesAndStates])('puts no slot across two words, and no two on one bit', ({ sizes }) => {
    const slots = slotsWith(sizes);
    expectOwnBits(new Layout(slots), slots);
  });

  test.prop([sizesAndStates])('holds every value that has been seen', ({ sizes }) => {
    const layout = new Layout(slotsWith(sizes));
    for (const [slot, size] of sizes.entries()) {
      expect(layout.holds(slot, size - 1)).toBe(true);
      expect(layout.holds(slot, 2 ** bitsFor(size))).toBe(false);
    }
  });

  it('fills a word to its last bit, and needs no bit for what never changes', () => {
    expect(new Layout([]).width).toBe(1);
    expect(new Layout(slotsWith([1, 1, 1])).width).toBe(1);
    expect(new Layout(slotsWith(Array<number>(4).fill(256))).width).toBe(1);
    const full = new Layout(slotsWith([...Array<number>(4).fill(256), 1, 2]));
    expect(full.width).toBe(2);
    const words = new Int32Array(2);
    pack(full, Int32Array.of(255, 255, 255, 255, 0, 1), words, 0);
    expect([...words]).toEqual([-1, 1]);
    expect(unpacked(full, words, 0)).toEqual([255, 255, 255, 255, 0, 1]);
  });
});

describe('Store', () => {
  /** Adds a one-word state under a hash of the caller's choice. */
  const add = (store: Store, word: number, hash: number, parent = 0, action = 0): number =>
    store.add(Int32Array.of(word), 0, hash, parent, action);

  it('tells states apart whose hashes are the same', () => {
    const store = new Store(slotsWith([4096]));
    for (let word = 0; word < 700; word++) expect(add(store, word, 0x1234_5678)).toBe(word);
    for (let word = 0; word < 700; word++) expect(add(store, word, 0x1234_5678)).toBe(-1);
    expect(store.count).toBe(700);
    expect(store.find(Int32Array.of(699), 0, 0x1234_5678)).toBeGreaterThanOrEqual(0);
    expect(store.find(Int32Array.of(700), 0, 0x1234_5678)).toBe(-1);
  });

  it('goes round the end of its index', () => {
    const store = new Store(slotsWith([4096]));
    for (let word = 0; word < 100; word++) expect(add(store, word, -1)).toBe(word);
    for (let word = 0; word < 100; word++)
      expect(store.find(Int32Array.of(word), 0, -1)).toBeGreaterThanOrEqual(0);
    expect(store.find(Int32Array.of(100), 0, -1)).toBe(-1);
  });

  it('finds every state again while its index grows and its chunks fill', () => {
    const store = new Store(slotsWith([2 ** 18]));
    const bytes = store.bytes;
    const states = 150_000;
    const hash = (word: number): number => hashOf(Int32Array.of(word), 0, 1);
    for (let word = 0; word < states; word++) add(store, word, hash(word));
    let known = 0;
    for (let word = 0; word < states; word++) if (add(store, word, hash(word)) === -1) known++;
    expect(known).toBe(states);
    expect(store.count).toBe(states);
    expect(store.find(Int32Array.of(states), 0, hash(states))).toBe(-1);
    expect(store.bytes).toBeGreaterThan(bytes + states * (4 + 4 + 2));
  });

  it('keeps every state, its trace and its number when a slot outgrows its bits', () => {
    const slots = slotsWith([300, 300, 1]);
    const store = new Store(slots);
    const [, , narrow] = slots;
    const words = new Int32Array(1);
    const count = 70_000;
    const numbers = (state: number): [number, number, number] => [state % 300, Math.floor(state / 300), 0];
    for (let state = 0; state < count; state++) {
      pack(store.layout, Int32Array.from(numbers(state)), words, 0);
      store.add(words, 0, hashOf(words, 0, 1), Math.max(0, state - 1), state % 7);
    }
    for (let value = 0; value < 2 ** 15; value++) narrow?.numberOf(`v${value}`);
    expect(store.layout.holds(2, 2 ** 15)).toBe(false);
    store.repack();
    expect(store.layout.width).toBe(2);
    expect(store.layout.holds(2, 2 ** 15)).toBe(true);
    const into = new Int32Array(3);
    let same = 0;
    for (let state = 0; state < count; state++) {
      store.unpack(state, into);
      if (into.join() !== numbers(state).join()) continue;
      const wide = new Int32Array(2);
      store.load(state, wide);
      if (store.add(wide, 0, hashOf(wide, 0, 2), 0, 0) === -1) same++;
    }
    expect(same).toBe(count);
    expect(store.trace(10)).toEqual([1, 2, 3, 4, 5, 6, 0, 1, 2, 3]);
    expect(store.trace(0)).toEqual([]);
    const fresh = new Int32Array(2);
    pack(store.layout, Int32Array.of(0, 0, 2 ** 15), fresh, 0);
    expect(store.add(fresh, 0, hashOf(fresh, 0, 2), 0, 0)).toBe(count);
  });
});

/** Numbers that need more bits than the slot had, one slot after the other, in a random order. */
const growths = fc.array(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 3_000 })), {
  minLength: 1,
  maxLength: 15,
});

describe('Store, as its slots grow', () => {
  test.prop([growths])('keeps every state, and gives each slot bits of its own', (grown) => {
    const slots = slotsWith(Array<number>(10).fill(1));
    const store = new Store(slots);
    const states: number[][] = [];
    const numbers = new Int32Array(slots.length);
    for (const [slot, more] of grown) {
      for (let i = 0; i < more; i++) slots[slot]?.numberOf(`more ${slots[slot].size}`);
      store.repack();
      for (const top of [0, 1]) {
        const state = slots.map(({ size }, i) => (size - 1) * ((i + top) % 2));
        const words = new Int32Array(store.layout.width);
        pack(store.layout, Int32Array.from(state), words, 0);
        const number = store.add(words, 0, hashOf(words, 0, words.length), 0, 0);
        if (number === states.length) states.push(state);
        else expect(states).toContainEqual(state);
      }
      for (const [number, state] of states.entries()) {
        store.unpack(number, numbers);
        expect([...numbers]).toEqual(state);
      }
    }
    expect(store.count).toBe(states.length);
    expect(states.length).toBeGreaterThan(1);
    expectOwnBits(store.layout, slots);
  });

  it('gives the bits that a slot has outgrown to others', () => {
    const slots = slotsWith([1, 1]);
    const store = new Store(slots);
    for (const [index, size] of [2 ** 12, 2 ** 6].entries()) {
      for (let value = 1; value < size; value++) {
        slots[index]?.numberOf(value);
        if (!store.layout.holds(index, value)) store.repack();
      }
    }
    expect(store.layout.width).toBe(1);
    expectOwnBits(store.layout, slots);
  });
});

/** Asserts that no slot stands across two words, and no two on one bit. */
function expectOwnBits(layout: Layout, slots: readonly Slot[]): void {
  const taken = Array.from({ length: layout.width }, () => 0n);
  for (const [index, { size }] of slots.entries()) {
    const word = layout.word[index] ?? -1;
    const end = (layout.shift[index] ?? 0) + bitsFor(size);
    const own = ((1n << BigInt(bitsFor(size))) - 1n) << BigInt(layout.shift[index] ?? 0);
    expect(end).toBeLessThanOrEqual(32);
    expect((taken[word] ?? -1n) & own).toBe(0n);
    taken[word] = (taken[word] ?? 0n) | own;
  }
}

describe('hashOf', () => {
  test.prop([fc.array(fc.integer(), { minLength: 2, maxLength: 5 }), fc.nat(3)])(
    'looks at its words alone, and at each of them',
    (state, before) => {
      const words = Int32Array.from([...Array<number>(before).fill(7), ...state, 9]);
      const hash = hashOf(words, before, state.length);
      expect(hash).toBe(hashOf(Int32Array.from(state), 0, state.length));
      for (const i of state.keys()) {
        const other = Int32Array.from(state);
        other[i] = (other[i] ?? 0) ^ 1;
        expect(hashOf(other, 0, state.length)).not.toBe(hash);
      }
    },
  );
});
