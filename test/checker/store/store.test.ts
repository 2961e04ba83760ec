import { describe, expect, it } from 'vitest';
import { RecentStates } from '../../../checker/fast/recent-states.ts';
import { Ancestry } from '../../../checker/store/ancestry.ts';
import { Pairs } from '../../../checker/store/pairs.ts';
import { rebuildTable, rehashInPlace } from '../../../checker/store/rehash.ts';
import { Store } from '../../../checker/store/store.ts';
import { Tree } from '../../../checker/store/tree.ts';
import { homeOf, shardOf, tagOf, Visited } from '../../../checker/store/visited.ts';
import { hashOf, ownWords } from '../../../checker/store/words.ts';
import { fc, test } from '../../random.ts';
import { expectOwnBits, pack, slotsWith } from './packed.ts';

describe('Tree', () => {
  test.prop([
    fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 13, maxLength: 13 })),
    fc.integer({ min: 1, max: 13 }),
  ])('gives the same two words for the same states alone, and every word back', (states, width) => {
    const tree = Tree.of(width);
    const pairs = Pairs.empty(ownWords);
    const folded = new Map<string, string>();
    const nodes = new Int32Array(tree.size);
    for (const state of states) {
      nodes.set(state.slice(0, width));
      tree.fold(nodes, pairs);
      const both = [nodes[tree.first] as number, nodes[tree.second] as number] as const;
      const words = state.slice(0, width).join();
      for (const [otherWords, other] of folded) expect(other === both.join()).toBe(otherWords === words);
      folded.set(words, both.join());
      const back = new Int32Array(tree.size);
      tree.unfold(...both, back, pairs);
      expect([...back]).toEqual([...nodes]);
    }
  });

  it('names the pairs above some words, lower ones first, and no other', () => {
    const tree = Tree.of(8);
    expect(tree.above([])).toEqual([]);
    for (let word = 0; word < 8; word++) {
      const above = tree.above([word]);
      expect(above).toHaveLength(2);
      expect(above).toEqual(above.toSorted((a, b) => a - b));
      expect([tree.first, tree.second]).toContain(above.at(-1));
    }
    expect(tree.above([0, 7])).toHaveLength(4);
    expect(Tree.of(2).above([0, 1])).toEqual([]);
  });
});

describe('Pairs', () => {
  it('numbers each pair once, says when it is full, and keeps the numbers when it grows', () => {
    const pairs = Pairs.empty(ownWords);
    const numbers: number[] = [];
    for (let i = 0; i < 5_000; i++) {
      numbers.push(pairs.numberOf(i % 70, Math.floor(i / 70)));
      if (!pairs.isFull) continue;
      pairs.enlarge(ownWords);
      numbers[i] = pairs.numberOf(i % 70, Math.floor(i / 70));
    }
    expect(numbers).toEqual([...numbers.keys()]);
    expect(pairs.count).toBe(5_000);
    expect(pairs.unused()).toEqual([]);
    const others = Pairs.empty(ownWords);
    others.restore(pairs.members.slice(0, 10_000), [], ownWords);
    for (let i = 0; i < 5_000; i++) expect(others.numberOf(i % 70, Math.floor(i / 70))).toBe(i);
    expect(others.count).toBe(5_000);
  });

  it('passes over numbers that are no pair', () => {
    const pairs = Pairs.empty(ownWords);
    pairs.restore(Int32Array.of(7, 7, 7, 7, 8, 8), [0], ownWords);
    expect(pairs.numberOf(7, 7)).toBe(1);
    expect(pairs.unused()).toEqual([0]);
    expect(pairs.numberOf(9, 9)).toBe(3);
  });
});

describe('Visited', () => {
  it('tells states apart whatever their hashes are, goes round the end of a table, and fills another', () => {
    const visited = new Visited(1, ownWords);
    const states = new Int32Array(2 * 700);
    // States whose home is one of the last entries.
    let number = 0;
    for (let first = 0; number < 700; first++) {
      if (homeOf(hashOf(first, 1), 1, 1 << 10) < 1_000) continue;
      states.set([first, 1], 2 * number);
      visited.add(first, 1, number++);
    }
    const expectAll = (of: Visited): void => {
      for (let n = 0; n < 700; n++) expect(of.find(states[2 * n] as number, 1, states)).toBe(n);
      expect(of.find(states[0] as number, 2, states)).toBe(-1);
    };
    expectAll(visited);
    expect(visited.isTooSmallFor([100])).toBe(false);
    expect(visited.isTooSmallFor([1_000])).toBe(true);
    expect(visited.enlargeFor([1_000])).toBe('rebuild index');
    rebuildTable(visited, 0, states, 700);
    expectAll(visited);
  });

  test.prop([fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 1 << 10 }), fc.nat(1 << 10)])(
    'grows in its place, wherever its entries stand',
    (shards, homes, least) => {
      const visited = new Visited(shards, ownWords);
      visited.tables = visited.tables.map(() => new Int32Array(1 << 12));
      const states = new Int32Array(2 * shards * 800);
      let number = 0;
      for (let first = 0; number < 200 * shards || (homes > 500 && number < 800 * shards); first++) {
        const hash = hashOf(first, 1);
        // A window of homes that may go round the end.
        const home = (homeOf(hash, shards, 1 << 10) - least + (1 << 10)) % (1 << 10);
        if (home >= homes || (visited.counts[shardOf(hash, shards)] as number) >= 800) continue;
        states.set([first, 1], 2 * number);
        visited.add(first, 1, number++);
      }
      for (let times = 0; times < 2; times++) {
        expect(visited.enlargeFor(Array<number>(shards).fill(800 << times))).toBe('rehash index');
        for (let shard = 0; shard < shards; shard++) rehashInPlace(visited, shard, states);
        for (let n = 0; n < number; n++) expect(visited.find(states[2 * n] as number, 1, states)).toBe(n);
        expect(visited.find(states[0] as number, 2, states)).toBe(-1);
      }
      expect(visited.tables.map((table) => table.filter((entry) => entry !== 0).length)).toEqual(
        visited.counts,
      );
    },
  );

  test.prop([fc.integer(), fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 2 ** 30 })])(
    'finds a shard, a home and a tag for any hash',
    (hash, shards, capacity) => {
      expect(shardOf(hash, shards)).toBeGreaterThanOrEqual(0);
      expect(shardOf(hash, shards)).toBeLessThan(shards);
      expect(homeOf(hash, shards, capacity)).toBeGreaterThanOrEqual(0);
      expect(homeOf(hash, shards, capacity)).toBeLessThan(capacity);
      expect(tagOf(hash, 0xff_ffff) & 0xff_ffff).toBe(0);
    },
  );
});

describe('Recent', () => {
  it('knows what it met last, and takes nothing for met that was not', () => {
    const recent = new RecentStates(1, hashOf);
    for (let first = 0; first < 40; first++) {
      for (let second = 0; second < 40; second++) {
        const hash = hashOf(first, second);
        expect(recent.testAndSet(first, second, hash)).toBe(false);
        expect(recent.testAndSet(first, second, hash)).toBe(true);
      }
    }
  });

  it('is not taken in where every state has one hash', () => {
    const recent = new RecentStates(1, (first) => (first === 0 ? 0 : 1 << 9));
    expect(recent.testAndSet(0, 0, 0)).toBe(false);
    expect(recent.testAndSet(0, 1, 0)).toBe(false);
    expect(recent.testAndSet(0, 0, 0)).toBe(false);
  });
});

describe('Ancestry', () => {
  test.prop([fc.array(fc.nat(5), { maxLength: 400 })])(
    'gives back from which state each was found',
    (children) => {
      const ancestry = new Ancestry();
      const parents = [0];
      for (const [parent, count] of children.entries()) {
        if (parent >= parents.length) break;
        ancestry.appendChildren(count);
        parents.push(...Array<number>(count).fill(parent));
      }
      const again = new Ancestry();
      again.restore(ancestry.saved);
      for (const each of [ancestry, again])
        expect(parents.map((_, number) => each.parentOf(number))).toEqual(parents);
    },
  );

  it('takes two bits a state, however many there are', () => {
    const ancestry = new Ancestry();
    const states = 100_000;
    for (let parent = 0; parent < states; parent++) ancestry.appendChildren(1);
    expect(ancestry.bytes).toBe((2 * states) / 8);
    for (const number of [1, 2, 4_096, 4_097, 50_000, 99_999, 100_000])
      expect(ancestry.parentOf(number)).toBe(number - 1);
    expect(ancestry.pathTo(3)).toEqual([1, 2, 3]);
    expect(ancestry.pathTo(0)).toEqual([]);
  });
});

describe('Store', () => {
  const nodesOf = (store: Store, numbers: readonly number[]): Int32Array => {
    const nodes = store.newNodes();
    pack(store.layout, Int32Array.from(numbers), nodes, 0);
    return nodes;
  };

  it('finds every state again while it grows, in at most 16 bytes a state', () => {
    const store = new Store(slotsWith([2 ** 18]));
    const states = 150_000;
    for (let value = 0; value < states; value++) expect(store.add(nodesOf(store, [value]))).toBe(value);
    let known = 0;
    for (let value = 0; value < states; value++) if (store.add(nodesOf(store, [value])) === -1) known++;
    expect(known).toBe(states);
    expect(store.count).toBe(states);
    expect(store.find(nodesOf(store, [states]))).toBe(-1);
    expect(store.find(nodesOf(store, [states - 1]))).toBe(states - 1);
    expect(store.bytes / states).toBeGreaterThan(8);
    expect(store.bytes / states).toBeLessThanOrEqual(16);
  });

  it('keeps every state and its number when a slot outgrows its bits', () => {
    const slots = slotsWith([300, 300, 1]);
    const store = new Store(slots);
    const [, , narrow] = slots;
    const count = 70_000;
    const numbers = (state: number): [number, number, number] => [state % 300, Math.floor(state / 300), 0];
    for (let state = 0; state < count; state++) store.add(nodesOf(store, numbers(state)));
    for (let value = 0; value < 2 ** 15; value++) narrow?.numberOf(`v${value}`);
    expect(store.layout.holds(2, 2 ** 15)).toBe(false);
    if (store.repack()) store.rebuildIndex();
    expect(store.layout.width).toBe(2);
    expect(store.layout.holds(2, 2 ** 15)).toBe(true);
    const into = new Int32Array(3);
    let same = 0;
    for (let state = 0; state < count; state++) {
      store.unpack(state, into);
      if (into.join() === numbers(state).join() && store.find(nodesOf(store, numbers(state))) === state)
        same++;
    }
    expect(same).toBe(count);
    expect(store.add(nodesOf(store, [0, 0, 2 ** 15]))).toBe(count);
  });

  it('is the same store once it was written down and taken up', () => {
    const sizes = [300, 7, 2 ** 13, 90, 1_000, 2 ** 13, 3, 2 ** 13, 70, 2 ** 13];
    const store = new Store(slotsWith(sizes));
    const state = (i: number): number[] => sizes.map((size, slot) => (i * (slot + 1) * 7919) % size);
    for (let i = 0; i < 3_000; i++) store.add(nodesOf(store, state(i)));
    expect(store.layout.width).toBeGreaterThan(2);
    const again = new Store(slotsWith(sizes), { shards: 3 });
    again.restore(structuredClone(store.saved));
    expect([...again.all()]).toEqual([...store.all()]);
    for (let i = 0; i < 3_000; i++)
      expect(again.find(nodesOf(again, state(i)))).toBe(store.find(nodesOf(store, state(i))));
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
      if (store.repack()) store.rebuildIndex();
      for (const top of [0, 1]) {
        const state = slots.map(({ size }, i) => (size - 1) * ((i + top) % 2));
        const nodes = store.newNodes();
        pack(store.layout, Int32Array.from(state), nodes, 0);
        const number = store.add(nodes);
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

describe('hashOf', () => {
  test.prop([fc.integer(), fc.integer(), fc.nat(31)])(
    'looks at each bit of both words',
    (first, second, bit) => {
      expect(hashOf(first ^ (1 << bit), second)).not.toBe(hashOf(first, second));
      expect(hashOf(first, second ^ (1 << bit))).not.toBe(hashOf(first, second));
    },
  );
});
