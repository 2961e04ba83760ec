import { resolve } from 'node:path';
import type { Report } from '../../checker/index.ts';
import type { Story } from '../../render/story.ts';
import type { Bound, Revision } from '../../spec/index.ts';

/** A check's outcome for JSON: the same facts as the terminal shows, and every trace. */
export function reportJson(
  revision: Revision,
  bound: Bound,
  report: Report,
  stories: ReadonlyMap<string, Story>,
): object {
  const { results, taken, model, ...search } = report;
  const labels = model.actions.map(model.label);
  return {
    revision: {
      slug: revision.slug,
      title: revision.title,
      tree: revision.tree,
      // What replay --trace and conform --from load again.
      ...(revision.file === undefined ? {} : { file: resolve(revision.file) }),
    },
    bound,
    complete: report.stoppedBy === null,
    interrupted: report.stoppedBy === 'interrupt',
    model: model.name,
    ...search,
    // How often each action was taken; after a complete search without a reduction, 0 means never enabled.
    coverage: Object.fromEntries(labels.map((label, i) => [label, taken[i] ?? 0])),
    results: results.map(({ property, verdict, subject, states, transitions, depth }) => ({
      property: property.name,
      kind: property.kind,
      class: property.class,
      sentence: property.sentence,
      source: property.source,
      verdict,
      subject,
      states,
      transitions,
      depth,
      trace: stories.get(property.name) ?? null,
    })),
  };
}
