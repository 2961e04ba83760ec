import { expect } from 'vitest';
import { explore, type Report } from '../../../checker/index.ts';
import {
  type AnyAction,
  type Bound,
  labelOf,
  modelOf,
  type Revision,
  revisions,
  type Service,
} from '../../../spec/index.ts';

type RoadReport = Report<Service, AnyAction>;

export function revisionOfSlug(slug: string): Revision {
  return revisions.find((each) => each.slug === slug) ?? expect.fail(`no ${slug}`);
}

export function check(revision: Revision, within: Bound): RoadReport {
  return explore(modelOf(revision, within)).report;
}

/** The steps of a property's trace; null where it has none. */
export function shortest({ results }: RoadReport, name: string): string[] | null {
  return results.find(({ property }) => property.name === name)?.trace?.map(labelOf) ?? null;
}

/** The properties that do not hold. */
export function unmet({ results }: RoadReport): string[] {
  return results.flatMap(({ verdict, property }) => (verdict === 'holds' ? [] : [property.name]));
}
