import { describe, expect, it } from 'vitest';
import { optionNames } from '../../render/bound.ts';
import { adviceFor, closestNames } from '../../render/closest-names.ts';
import { revisions } from '../../spec/index.ts';

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

  it('finds nothing where more than half of the letters are others', () => {
    expect(closestNames('nonsense', optionNames)).toEqual([]);
    expect(
      closestNames(
        'nosuch',
        revisions.map(({ slug }) => slug),
      ),
    ).toEqual([]);
    expect(adviceFor('nonsense', optionNames)).toBe('give one of these');
    expect(adviceFor('', optionNames)).toBe('give one of these');
    expect(adviceFor('kil', optionNames)).toBe('did you mean kill?');
  });
});
