/**
 * The issue texts in `upstream/issues/`. They are written by hand, but for the section of the trace: that has the
 * interleaving of the first test that a text names, in the newest of containerd's revisions where it is forced.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createColors } from 'picocolors';
import { type GoTestOf, goName } from '../../conformance/go-test/go-test.ts';
import { SteeredGraph } from '../../conformance/races/steer.ts';
import { tell } from '../../render/story.ts';
import { storyText } from '../../render/trace.ts';
import { commitOf, type Revision, revisions } from '../../spec/index.ts';
import { pinnedVersion } from '../steps/build-shim.ts';
import { atPinned } from './pinned-lines.ts';

/** Where the texts are. */
export const issuesFolder: string = fileURLToPath(new URL('../../upstream/issues/', import.meta.url)).replace(
  '/dist/',
  '/',
);

/** A text, and what it is about. */
export interface IssueText {
  readonly file: string;
  readonly text: string;
  /** The names of its tests, without `Test`. */
  readonly tests: readonly string[];
}

/** A line of containerd that a text cites. */
export interface IssueCitation {
  /** The function, as `service.Start`. */
  readonly name: string;
  /** A tag or commit of containerd. */
  readonly at: string;
  readonly file: string;
  readonly from: number;
  readonly to: number;
  /** What stands there; null where the text does not say. */
  readonly code: string | null;
}

/** Every text, by file name. */
export function readIssueTexts(): IssueText[] {
  return readdirSync(issuesFolder)
    .toSorted()
    .map((file) => {
      const text = readFileSync(`${issuesFolder}${file}`, 'utf8');
      const [, names = ''] = /^Tests: (.*)\.$/m.exec(text) ?? [];
      return { file, text, tests: [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name) };
    });
}

const citation =
  /\[`(?<name>[\w.]+)`\]\(https:\/\/github\.com\/containerd\/containerd\/blob\/(?<at>[\w.]+)\/(?<file>\S+)#L(?<from>\d+)-L(?<to>\d+)\)(?:: `(?<code>[^`]+)`)?/g;

/** What a text cites of containerd. */
export function citationsIn({ text }: IssueText): IssueCitation[] {
  return [...text.matchAll(citation)].map(({ groups = {} }) => {
    const { name = '', at = '', file = '', from, to, code = null } = groups;
    return { name, at, file, from: Number(from), to: Number(to), code };
  });
}

/** The text with its trace. @throws Error for a text that names no such test, or has no place for a trace */
export function withTrace({ file, text, tests: [first] }: IssueText, tests: readonly GoTestOf[]): string {
  const test = tests.find(({ race }) => goName(race.name) === first);
  if (!test) throw new Error(`${file} names no test that there is (got ${first ?? 'none'})`);
  const [head, rest] = text.split('\n## The trace\n');
  const at = rest?.indexOf('\n## ') ?? -1;
  if (head === undefined || rest === undefined || at < 0)
    throw new Error(`${file} has no section 'The trace' with another one behind it`);
  return `${head}\n## The trace\n\n${traceOf(test)}\n${rest.slice(at)}`;
}

function traceOf(test: GoTestOf): string {
  const { bound, steps } = test.race.schedule;
  const newest = revisions.findLast((each) => isBrokenIn(test, each));
  if (!newest) throw new Error(`${test.race.name} breaks no rule of any revision`);
  const told = tell(newest, bound, new SteeredGraph(newest, bound).path(steps));
  const isPinned = newest.slug === 'main';
  const story = isPinned ? atPinned(told, newest) : told;
  const lines = isPinned ? pinnedVersion.slice(1) : `at ${commitOf(newest)?.slice(0, 12)}`;
  return [
    `A tester decides the calls, the OCI runtime and the deaths; then it happens in whichever order the shim takes its own steps. The lines are those of containerd ${lines}.`,
    '',
    '```text',
    storyText(story, createColors(false)),
    '```',
    '',
    'To run it on a shim, with root, runc and Go, in an empty folder after `npm install shim-spec`:',
    '',
    '```sh',
    `${story.replayCommand} --as go --output race_test.go`,
    'go mod init race && go mod tidy',
    'sudo env "PATH=$PATH" go test . -shim /usr/bin/containerd-shim-runc-v2',
    '```',
  ].join('\n');
}

/** Whether the rule that gave a test its name is broken in whichever order the revision takes its own steps. */
function isBrokenIn({ race, property }: GoTestOf, revision: Revision): boolean {
  return new SteeredGraph(revision, race.schedule.bound).isForced(race.schedule.steps, property);
}
