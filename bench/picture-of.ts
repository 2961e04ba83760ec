import { explore } from '../checker/index.ts';
import { boundDefaults, parseBound } from '../cli/flags/bound.ts';
import { tell } from '../render/story.ts';
import { storySvg } from '../render/story-svg.ts';
import { modelOf, revisions } from '../spec/index.ts';

/** The sequence diagram of the counterexample that a finding's command shows; null where it has no such command. */
export function pictureOf(finding: string): string | null {
  const [, slug = '', flags = '', rule = ''] =
    /npx shim-spec check (\S+) (.*) --show ['"](.*)['"]\n/.exec(finding) ?? [];
  const revision = revisions.find((each) => each.slug === slug);
  if (!revision) return null;
  const of = (name: string, otherwise: string): string =>
    new RegExp(`--${name} (\\S+)`).exec(flags)?.[1] ?? otherwise;
  const bound = parseBound({
    containers: of('containers', boundDefaults.containers),
    execs: of('execs', boundDefaults.execs),
    with: of('with', boundDefaults.with),
  });
  const model = modelOf(revision, bound);
  const properties = model.properties.filter(({ name }) => name === rule);
  const { results } = explore({ ...model, properties }, { limits: { stopAtViolation: true } }).report;
  return `${storySvg(tell(revision, bound, results[0]?.trace ?? []), `${slug} breaks '${rule}'`)}\n`;
}
