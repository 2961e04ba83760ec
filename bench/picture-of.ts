import { explore } from '../checker/index.ts';
import { boundDefault, boundTexts, parseBound } from '../render/bound.ts';
import { tell } from '../render/story.ts';
import { storySvg } from '../render/story-svg.ts';
import { modelOf, revisions } from '../spec/index.ts';

/** The sequence diagram of the counterexample that a finding's command shows; null where it has no such command. */
export function pictureOf(finding: string): string | null {
  const [, slug = '', flags = '', rule = ''] =
    /npx shim-spec check (\S+) (.*) --show ['"](.*)['"]\n/.exec(finding) ?? [];
  const revision = revisions.find((each) => each.slug === slug);
  if (!revision) return null;
  const given = [...flags.matchAll(/--(containers|execs|with) (\S+)/g)].map(([, name, text]) => [name, text]);
  const bound = parseBound({ ...boundTexts(boundDefault), ...Object.fromEntries(given) });
  const model = modelOf(revision, bound);
  const properties = model.properties.filter(({ name }) => name === rule);
  const { results } = explore({ ...model, properties }, { limits: { stopAtViolation: true } }).report;
  return `${storySvg(tell(revision, bound, results[0]?.trace ?? []), `${slug} breaks '${rule}'`)}\n`;
}
