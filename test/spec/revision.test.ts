import { describe, expect, it } from 'vitest';
import { Impossible, revisions } from '../../spec/index.ts';
import { distinct } from '../../spec/revision.ts';

describe('revisions', () => {
  it('have slugs that tell them apart', () => {
    const slugs = revisions.map(({ slug }) => slug);
    expect(new Set(slugs).size).toBe(slugs.length);
    expect(slugs.length).toBeGreaterThan(7);
  });
});

describe('distinct', () => {
  it('refuses two revisions with one slug', () => {
    expect(() => distinct([...revisions, ...revisions.slice(-1)])).toThrow(Impossible);
    expect(() => distinct([...revisions, ...revisions.slice(-1)])).toThrow(
      'two revisions have the slug proposed (got it twice, allowed once): rename one of them',
    );
  });
});
