/** docs/requirements.md, made of the requirements and the checks: `npm run requirements-page` writes it, and a test compares it. */
import { listedChecks } from '../../conformance/conform.ts';
import { wireRule } from '../../conformance/log/rules.ts';
import { type Requirement, requirements, requirementsCommit } from '../../conformance/requirements.ts';

const page = `https://github.com/containerd/containerd/blob/${requirementsCommit}/docs/runtime-v2.md`;

/** The page. @throws RangeError where a requirement names a rule that there is not */
export function requirementsPage(): string {
  const judged = requirements.filter(({ rules }) => rules.length > 0).length;
  return [
    '---',
    'title: What containerd demands',
    '---',
    '',
    '<!-- Made by `npm run requirements-page` from conformance/requirements.ts and the checks. Change those. -->',
    '',
    '# What containerd demands of a shim',
    '',
    `These are the sentences of containerd's [docs/runtime-v2.md](${page}) that say MUST or SHOULD to a shim, in a few words of our own, with what \`shim-spec conform\` judges them by. Of ${requirements.length}, ${judged} have rules of their own. docs/sandbox-api.md of that commit has no such sentence.`,
    '',
    'A rule about the log is judged in every check. The checks that are named are those that are meant for it; `npx shim-spec conform --list` lists all.',
    '',
    '| level | lines | demand | rules | checks |',
    '| --- | --- | --- | --- | --- |',
    ...requirements.map(row),
    '',
  ].join('\n');
}

function row({ level, line, demand, rules, remark }: Requirement): string {
  for (const rule of rules) wireRule(rule);
  const cells = [
    level,
    `[${line}](${page}?plain=1#L${line})`,
    demand,
    rules.map((rule) => `*${rule}*`).join(', '),
    [checksText(rules), remark].filter(Boolean).join(' '),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The scenarios that are meant for a rule, by name, and how many races there are for it. */
function checksText(rules: readonly string[]): string {
  if (rules.length === 0) return '';
  const meant = listedChecks().filter((check) => check.rules.some((rule) => rules.includes(rule)));
  const names = meant.filter(({ group }) => group === 'rules').map(({ name }) => name);
  const races = meant.filter(({ group }) => group === 'races').length;
  const ofRaces = races === 0 ? [] : [`${races} ${races === 1 ? 'race' : 'races'}`];
  const all = [...names, ...ofRaces];
  return all.length === 0 ? 'Every check.' : `${all.join('; ')}.`;
}
