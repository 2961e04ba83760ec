/** The page that the site opens with: the question, an answer that deadlocks, every verdict, and four doors. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { boundText } from '../render/bound.ts';
import { escaped } from '../render/sequence-svg.ts';
import { tell } from '../render/story.ts';
import { storySvg } from '../render/story-svg.ts';
import type { Page } from './collections.ts';
import { explorerLink } from './explorer-link.ts';
import { stepList } from './step-list.ts';
import { bound, type Checked, legend, matrix, ruleResults } from './verdicts.ts';
import { diagram } from './wide.ts';

/** What somebody comes for, and the guide whose first command does it. */
const doors = [
  {
    title: 'Check a change',
    text: 'Does a version of the algorithm keep every rule? The checker proves it within a bound, or shows the shortest interleaving that breaks one.',
    guide: '1-read-a-counterexample.md',
    next: 'Read a counterexample',
  },
  {
    title: 'Write a revision',
    text: 'Copy a revision, change its steps, check it. A revision is one file, so its difference from the one before is the change.',
    guide: '2-write-a-revision.md',
    next: 'Check a change of your own',
  },
  {
    title: 'Test a shim',
    text: 'Start any containerd shim, steer it into the races that the checker found, and judge what it answers and publishes.',
    guide: '3-test-your-shim.md',
    next: 'Test your shim',
  },
  {
    title: 'Judge a log',
    text: 'Which rule does a log of events break, what should have come there, and which versions can have written it?',
    guide: '4-judge-a-log.md',
    next: 'Judge a log from production',
  },
];

/** @param docs the folder that the guides stand in @throws Error where the seed has no deadlock: the page tells of it */
export function frontPage(docs: string, all: readonly Checked[]): Page {
  const seed = all.find(({ revision }) => revision.slug === 'early-exits');
  const deadlock = seed && ruleResults(seed).find(({ property }) => property.name === 'no deadlock');
  if (!seed || !deadlock?.trace) throw new Error('early-exits does not deadlock: write another front page');
  const { trace } = deadlock;
  const title = "early-exits breaks 'no deadlock'";
  const story = tell(seed.revision, bound, trace);
  const explore = explorerLink({ revision: seed.revision, bound, rule: 'no deadlock', trace });
  return {
    file: 'index.md',
    text: `# In which order may a containerd shim publish that a process started and that it exited?

A shim forks containers with runc and publishes events. A process can exit before the call that started it returns, so the shim may learn of the exit first. shim-spec is a specification of containerd's algorithm, a model checker that tries every interleaving of its steps, a shim that runs on the same specification, and a tester for anyone's shim.

## One answer deadlocks

containerd's commit 18c6503 ("handle early exits w/o big locks") replaced one big lock by a map of running processes and a set of exit subscribers. The checker finds that Create can wait for a lock that it holds itself. These ${trace.length} steps lead there, and no fewer do:

${diagram(title, storySvg(story, title))}

${stepList(story)}

<p class="next">${explore} · <a href="revision-early-exits.md">The revision and its other counterexamples</a></p>

Node 20 is all that it needs:

\`\`\`sh
npm ci && npm run check
\`\`\`

## Every revision, every rule

Each successor lost or reordered something. The checker wrote this table while the page was built. ${legend}

${matrix(all, null)}

Bound: ${boundText(bound)}. [The history](history.md) tells what each revision changed; [the findings](findings.md) tell what upstream did not know.

## Four doors

<ul class="doors">${doors.map((door) => doorItem(docs, door)).join('')}</ul>
`,
  };
}

function doorItem(docs: string, { title, text, guide, next }: (typeof doors)[number]): string {
  const command = firstCommand(readFileSync(join(docs, 'guides', guide), 'utf8'));
  return `<li><h3>${title}</h3><p>${text}</p><pre><code>${escaped(command)}</code></pre><p class="next"><a href="../guides/${guide}">${next}</a></p></li>`;
}

/** The first command of a guide, all of which a test runs. */
function firstCommand(guide: string): string {
  const command = /^npx shim-spec .*$/m.exec(guide)?.[0];
  if (command === undefined) throw new Error('a guide without a command cannot be a door');
  return command;
}
