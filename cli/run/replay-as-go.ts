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
  const property = taken.property ?? told.breaks.find((each) => seenAs.has(each.property))?.property;
  const rule = seenAs.get(property ?? '');
  if (property === undefined || rule === undefined) return unseen(property, told);
  const { steps, subject, story } = forcedOf(taken, property, told);
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

/** The schedule of a trace where it is forced, and else another one that is. */
function forcedOf({ revision, bound, trace }: Taken, property: string, story: Story): Forced {
  const graph = new SteeredGraph(revision, bound);
  const steps = trace.filter(isSteered);
  const subject = story.breaks.find((each) => each.property === property)?.subject ?? '';
  if (graph.isForced(steps, property)) return { steps, subject, story };
  const other = graph.schedules(new Set([property]), statesMax).find(({ isForced }) => isForced);
  if (!other)
    throw new InputError(
      `no test can be sure to bring '${property}' about from outside (got a trace that takes luck, and among the nearest ${statesMax} states no schedule of clients, runtime and deaths that leaves the shim no choice): try it with 'conform --from', which tries ten times`,
      exitCode.usage,
    );
  const byLabel = new Map(modelOf(revision, bound).actions.map((action) => [labelOf(action), action]));
  const whole = other.trace.flatMap((label) => byLabel.get(label) ?? []);
  return { steps: other.steps, subject: other.subject, story: tell(revision, bound, whole) };
}

function unseen(property: string | undefined, { breaks }: Story): never {
  const broken = breaks.map((each) => `'${each.property}'`).join(', ') || 'none';
  throw refusal(
    'no rule that can be seen from outside a shim is named or broken',
    '--property',
    property ?? `a trace that breaks ${broken}`,
    [...seenAs.keys()].map((name) => `'${name}'`).join(', '),
    'name another rule or trace',
  );
}
