import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bound, Revision } from '../../spec/index.ts';
import type { Schedule } from '../races/steer.ts';
import type { StartInput } from '../shim/bootstrap.ts';
import { Conductor } from '../shim/conductor.ts';
import { Gate } from '../shim/gate.ts';
import { Subject } from '../shim/subject.ts';
import type { Moment } from '../shim/timeline.ts';
import { type Breach, breach } from './breach.ts';
import { conclude } from './conclude.ts';
import type { Drive, Scenario } from './scenario-steps.ts';
import { unexplainedIn } from './unexplained.ts';

/** Which shim is judged, and how it is run. */
export interface ShimSetup {
  /** The shim's binary. */
  readonly shim: string;
  /** The OCI runtime that it is to use: a name on PATH, or a path. */
  readonly runtime: string;
  /** A root file system with a static busybox. */
  readonly rootfs: string;
  /** The revision whose behaviours are allowed. */
  readonly revision: Revision;
  readonly env?: NodeJS.ProcessEnv;
  /** What its action `start` gets on standard input. Default: whatever it accepts. */
  readonly startInput?: StartInput;
  /** The shim's own configuration, in TOML, where it does not take runc's options. Default: null. */
  readonly config?: string | null;
}

/** A call that takes longer counts as not answered. Debian's shim takes seconds where it stalls. */
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
  /** Steps that the shim did not follow, and why nothing could be judged. */
  readonly notes: readonly string[];
  readonly moments: readonly Moment[];
  /** The shim's events, in words. */
  readonly events: readonly string[];
  readonly elapsedMs: number;
  /** The flags that repeat the check; null where its name is enough. */
  readonly replay: string | null;
}

/** Drives a shim by a schedule. A step that the shim does not follow is noted, and passed over. */
export function bySchedule(schedule: Pick<Schedule, 'bound' | 'steps'>): Drive {
  return async (conductor) => {
    conductor.prepare(schedule.bound);
    await conductor.follow(schedule);
    return [];
  };
}

/**
 * Runs one check on a shim of its own, and leaves nothing behind.
 *
 * @param bound the calls that `drive` makes through the conductor; given where the specification is to explain them
 * @param prepare changes the bundle of c1 before the shim is started
 */
export async function runCheck(
  setup: ShimSetup,
  { name, group, rules }: Pick<CheckResult, 'name' | 'group' | 'rules'>,
  drive: Drive,
  { bound, prepare }: { readonly bound?: Bound; readonly prepare?: Scenario['prepare'] } = {},
): Promise<CheckResult> {
  const begin = performance.now();
  const conductor = conductorFor(setup);
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
    // A copy: when the tester hangs up, answers that are not the shim's are noted.
    moments: [...conductor.timeline.moments],
    events: conductor.timeline.moments.flatMap((moment) => (moment.kind === 'event' ? [moment.text] : [])),
    elapsedMs: performance.now() - begin,
    replay: null,
  });
  try {
    prepare?.(conductor.subject);
    await conductor.subject.start('c1');
    const own = await drive(conductor);
    const standing = await conclude(conductor, setup.revision);
    const breaches = [...own, ...standing];
    const unexplained = bound ? unexplainedIn(conductor, setup.revision, bound) : [];
    const isNews = ({ rule }: Breach): boolean => !breaches.some((each) => each.rule === rule);
    breaches.push(...unexplained.filter(isNews));
    const unjudgeable = whyUnjudgeable(conductor);
    const verdict = breaches.length > 0 ? 'violates' : unjudgeable === null ? 'conforms' : 'could not judge';
    return result(verdict, breaches, [...conductor.notes, ...(unjudgeable === null ? [] : [unjudgeable])]);
  } catch (error) {
    const { message } = error as Error;
    if (conductor.subject.pid > 0 && !conductor.subject.isAlive)
      return result('violates', [breach('the shim lives on', 'the shim', message)], conductor.notes);
    return result('could not judge', [], [message]);
  } finally {
    await conductor.subject.end();
  }
}

/** Why nothing can be judged; null where it can. */
function whyUnjudgeable({ hasMissedGate, gate, unjudgeable }: Conductor): string | null {
  if (hasMissedGate && !gate.wasReached)
    return 'the shim did not run the OCI runtime that it was told to (binary_name)';
  return unjudgeable;
}

function conductorFor({ shim, rootfs, runtime, startInput, config = null, env = {} }: ShimSetup): Conductor {
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-conform-'));
  const gate = new Gate(folder, runtime);
  return new Conductor(
    new Subject(shim, rootfs, {
      folder,
      runtime: gate.program,
      env,
      config,
      callTimeoutMs,
      ...(startInput ? { startInput } : {}),
    }),
    gate,
  );
}
