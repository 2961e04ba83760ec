import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bound, Revision } from '../../spec/index.ts';
import { Conductor } from '../shim/conductor.ts';
import { Gate } from '../shim/gate.ts';
import { Subject } from '../shim/subject.ts';
import type { Moment } from '../shim/timeline.ts';
import { type Breach, breach } from './breach.ts';
import { conclude } from './conclude.ts';
import { unexplainedIn } from './unexplained.ts';

/** Which shim is judged, and how it is run. */
export interface ShimUnderTest {
  /** The shim's binary. */
  readonly shim: string;
  /** The OCI runtime that it is to use: a name on PATH, or a path. */
  readonly runtime: string;
  /** A root file system with a static busybox. */
  readonly rootfs: string;
  /** Whose behaviours are allowed. */
  readonly revision: Revision;
  readonly env?: NodeJS.ProcessEnv;
}

/** A call that takes longer is not answered. Debian's shim takes seconds where it is slow. */
const callTimeoutMs = 20_000;

export type CheckVerdict = 'conforms' | 'violates' | 'could not judge';

/** What came of one check. */
export interface CheckResult {
  readonly name: string;
  readonly group: 'rules' | 'races' | 'generated';
  /** The rules that the check is meant for. */
  readonly rules: readonly string[];
  readonly verdict: CheckVerdict;
  readonly breaches: readonly Breach[];
  /** What could not be done as planned, and why nothing could be judged. */
  readonly notes: readonly string[];
  readonly moments: readonly Moment[];
  /** Events of the shim, in words. */
  readonly events: readonly string[];
  readonly elapsedMs: number;
  /** The command that does it again; null where the check's name does. */
  readonly replay: string | null;
}

/** What a check does with a shim that serves nothing yet; what it breaks besides the rules that are always judged. */
export type Course = (conductor: Conductor) => Promise<readonly Breach[]>;

/**
 * Runs one check on a shim of its own, and leaves nothing behind.
 *
 * @param bound of the calls that the course makes through the conductor, where the specification is to explain them
 */
export async function runCheck(
  under: ShimUnderTest,
  { name, group, rules }: Pick<CheckResult, 'name' | 'group' | 'rules'>,
  course: Course,
  bound?: Bound,
): Promise<CheckResult> {
  const begin = performance.now();
  const conductor = conductorFor(under);
  const result = (
    verdict: CheckVerdict,
    breaches: readonly Breach[],
    notes: readonly string[],
  ): CheckResult => ({
    name,
    group,
    rules,
    verdict,
    breaches,
    notes,
    moments: conductor.timeline.moments,
    events: conductor.timeline.moments.flatMap((moment) => (moment.kind === 'event' ? [moment.text] : [])),
    elapsedMs: performance.now() - begin,
    replay: null,
  });
  try {
    await conductor.subject.start('c1');
    const own = await course(conductor);
    const concluded = await conclude(conductor, under.revision);
    const seen = [...own, ...concluded];
    const unexplained = bound ? unexplainedIn(conductor, under.revision, bound) : [];
    const isNews = ({ rule }: Breach): boolean => !seen.some((each) => each.rule === rule);
    const breaches = [...seen, ...unexplained.filter(isNews)];
    const blind = blindness(conductor);
    const verdict = breaches.length > 0 ? 'violates' : blind === null ? 'conforms' : 'could not judge';
    return result(verdict, breaches, [...conductor.notes, ...(blind === null ? [] : [blind])]);
  } catch (error) {
    if (conductor.subject.pid > 0 && !conductor.subject.isAlive) {
      return result(
        'violates',
        [breach('the shim lives on', 'the shim', (error as Error).message)],
        conductor.notes,
      );
    }
    return result('could not judge', [], [(error as Error).message]);
  } finally {
    await conductor.subject.end();
  }
}

/** Why what was seen says nothing of the schedule; null where it does. */
function blindness({ notes, gate, blind }: Conductor): string | null {
  if (notes.length > 0 && !gate.wasReached)
    return 'the shim did not run the OCI runtime that it was told to (binary_name)';
  return blind;
}

function conductorFor({ shim, rootfs, runtime, env = {} }: ShimUnderTest): Conductor {
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-conform-'));
  const gate = new Gate(folder, runtime);
  return new Conductor(
    new Subject(shim, rootfs, { folder, runtime: gate.program, env, callTimeoutMs }),
    gate,
  );
}
