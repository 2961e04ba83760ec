import { createColors } from 'picocolors';
import { refusal } from '../../checker/option-checks.ts';
import { type GoTestOf, goTests } from '../../conformance/go-test/go-test.ts';
import { seenAs } from '../../conformance/races/races.ts';
import { isSteered, SteeredGraph } from '../../conformance/races/steer.ts';
import { type Story, tell } from '../../render/story.ts';
import { storyText } from '../../render/trace.ts';
import { type AnyAction, labelOf, modelOf } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';
import type { Taken } from './replay.ts';

/** How many states are searched for another schedule, where that of the trace takes luck. */
const statesMax = 40_000;

/** What a test can bring about. */
interface Forced {
  /** The rule of the specification, and the one that the tester judges by. */
  readonly property: string;
  readonly rule: string;
  readonly steps: readonly AnyAction[];
  readonly subject: string;
  readonly story: Story;
}

/** Prints a Go test of a trace. @returns the exit code @throws InputError where none can bring it about */
export function writeGoTest(taken: Taken, output: Output): number {
  output.write(goTests([goTestOf(taken)]).trimEnd());
  return exitCode.holds;
}

/** What a Go test of a trace is made of. @throws InputError where none can bring it about */
export function goTestOf(taken: Taken): GoTestOf {
  const { revision, bound } = taken;
  const told = tell(revision, bound, taken.trace);
  const { property, rule, steps, subject, story } = forcedOf(taken, askedOf(taken, told), told);
  const [sentence = property] = modelOf(revision, bound)
    .properties.filter(({ name }) => name === property)
    .map((each) => each.sentence ?? property);
  return {
    race: { name: `${property} ${subject}`, rules: [rule], schedule: { bound, steps } },
    revision,
    property,
    subject,
    sentences: { [rule]: sentence },
    story: storyText(story, createColors(false)),
  };
}

/** The rules that a test may ask: the one that was named, or else all that the trace breaks and a tester can see. */
function askedOf({ property }: Taken, told: Story): string[] {
  const broken = [...new Set(told.breaks.map((each) => each.property))];
  const seen = broken.filter((name) => seenAs.has(name));
  if (property === undefined) return seen.length > 0 ? seen : unseen(undefined, told);
  if (!seenAs.has(property)) return unseen(property, told);
  if (broken.includes(property)) return [property];
  throw refusal(
    `the trace does not break '${property}'`,
    '--property',
    brokenText(told),
    seen.length > 0 ? listed(seen) : 'a rule that the trace breaks',
    seen.length > 0 ? 'name one of these, or take a trace that breaks it' : 'take a trace that breaks it',
  );
}

/** The schedule of a trace where it is forced for one of the rules, and else another one that is. */
function forcedOf({ revision, bound, trace }: Taken, properties: readonly string[], story: Story): Forced {
  const graph = new SteeredGraph(revision, bound);
  const steps = trace.filter(isSteered);
  const own = properties.find((each) => graph.isForced(steps, each));
  if (own !== undefined) return forced(own, steps, subjectIn(story, own), story);
  const others = graph.schedules(new Set(properties), statesMax).filter(({ isForced }) => isForced);
  const [other] = properties.flatMap((name) => others.find(({ property }) => property === name) ?? []);
  if (!other)
    throw new InputError(
      `no test can be sure to bring ${properties.map((each) => `'${each}'`).join(' or ')} about from outside (got a trace that takes luck, and among the nearest ${statesMax} states no schedule of clients, runtime and deaths that leaves the shim no choice): try it with 'conform --from', which tries ten times`,
      exitCode.usage,
    );
  const byLabel = new Map(modelOf(revision, bound).actions.map((action) => [labelOf(action), action]));
  const whole = other.trace.flatMap((label) => byLabel.get(label) ?? []);
  return forced(other.property, other.steps, other.subject, tell(revision, bound, whole));
}

function forced(property: string, steps: readonly AnyAction[], subject: string, story: Story): Forced {
  return { property, rule: seenAs.get(property) ?? property, steps, subject, story };
}

function subjectIn(story: Story, property: string): string {
  return story.breaks.find((each) => each.property === property)?.subject ?? '';
}

function unseen(property: string | undefined, told: Story): never {
  throw refusal(
    'no rule that can be seen from outside a shim is named or broken',
    '--property',
    property ?? brokenText(told),
    listed([...seenAs.keys()]),
    'name another rule or trace',
  );
}

function brokenText({ breaks }: Story): string {
  return `a trace that breaks ${listed([...new Set(breaks.map((each) => each.property))]) || 'none'}`;
}

function listed(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
