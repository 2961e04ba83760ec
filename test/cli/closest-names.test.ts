import { describe, expect, it } from 'vitest';
import { closestNames } from '../../render/closest-names.ts';

describe('closestNames', () => {
  it('finds what was meant, by the whole name or a part of it', () => {
    const names = ['no deadlock', 'no exit is lost', 'every Wait returns', 'delete follows exit'];
    expect(closestNames('no deadlok', names, 1)).toEqual(['no deadlock']);
    expect(closestNames('Every wait', names, 1)).toEqual(['every Wait returns']);
    expect(closestNames('exit is lots', names, 1)).toEqual(['no exit is lost']);
    expect(closestNames('folows', names, 1)).toEqual(['delete follows exit']);
    expect(closestNames('x', [], 3)).toEqual([]);
    expect(closestNames('', names)).toHaveLength(3);
  });
});
