/** The page about the rules: what each demands, where containerd says so, and which revisions break it. */
import type { WholeProperty } from '../checker/index.ts';
import { wholeModel } from '../checker/whole-model.ts';
import { boundText, roadOptions } from '../render/bound.ts';
import { escaped } from '../render/sequence-svg.ts';
import { type Bound, modelOf, noOptions, revisions, type Service } from '../spec/index.ts';
import type { Page } from './collections.ts';
import { anchorOf, bound, type Checked, fileOf, ruleResults, rulesFile } from './verdicts.ts';

/** When a rule is looked at. */
const moments: Readonly<Record<WholeProperty<Service>['kind'], string>> = {
  always: 'Judged in every state',
  step: 'Judged of every step',
  sometimes: 'Judged in every state until it is met',
  quiescent: 'Judged in every state where the shim has nothing left to do',
};

export function rulesPage(all: readonly Checked[]): Page {
  const sections = [
    ...rules().map((rule) => ruleSection(rule, verdictText(rule.name, all))),
    ...rulesOfRoad().map((rule) => ruleSection(rule, 'Asked on [the road of an event](../road.md) alone.')),
  ];
  return {
    file: rulesFile,
    text: `---\ntitle: The rules\n---\n\n# The rules\n\nWhat a shim owes, each rule with the sentence that it formalises. The verdicts are for this bound: ${boundText(bound)}. [The history](history.md) shows them side by side.\n\n${sections.join('\n\n')}\n`,
  };
}

/** Every rule of any revision within any bound, in the order of the specification. */
function rules(): WholeProperty<Service>[] {
  return rulesWith(allOn(Object.keys(noOptions)));
}

/** Those of them that a bound has with a part of the road alone. */
function rulesOfRoad(): WholeProperty<Service>[] {
  const elsewhere = new Set(rules().map(({ name }) => name));
  const options = [...Object.keys(noOptions), ...roadOptions.map(([, option]) => option)];
  return rulesWith(allOn(options)).filter(({ name }) => !elsewhere.has(name));
}

function allOn(options: readonly string[]): Bound {
  return { ...bound, ...Object.fromEntries(options.map((option) => [option, true])) };
}

function rulesWith(within: Bound): WholeProperty<Service>[] {
  const named = revisions.flatMap((revision) =>
    wholeModel(modelOf(revision, within)).properties.map((rule) => [rule.name, rule] as const),
  );
  return [...new Map(named).values()].filter(({ kind }) => kind !== 'sometimes');
}

function ruleSection({ name, kind, sentence, source }: WholeProperty<Service>, verdict: string): string {
  return `## ${name}

> ${escaped(sentence)} ([source](${source}))

${moments[kind]}. ${verdict}`;
}

function verdictText(name: string, all: readonly Checked[]): string {
  const judged = all.flatMap((each) => {
    const result = ruleResults(each).find(({ property }) => property.name === name);
    return result ? [{ revision: each.revision, result }] : [];
  });
  if (judged.length === 0) return 'Nothing within this bound could break it.';
  const broken = judged.filter(({ result }) => result.verdict === 'violated');
  const kept = judged.filter(({ result }) => result.verdict === 'holds');
  const list = (each: typeof judged, anchor: string): string =>
    each.map(({ revision }) => `[${revision.slug}](${fileOf(revision)}${anchor})`).join(', ');
  if (kept.length === all.length) return 'Every revision keeps it.';
  if (broken.length === 0) return `Every revision that has it keeps it: ${list(kept, '')}.`;
  return `**Broken by** ${list(broken, `#${anchorOf(name)}`)}. Kept by ${list(kept, '') || 'none'}.`;
}
