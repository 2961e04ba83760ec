import { availableParallelism } from 'node:os';
import {
  type Engine,
  type Exploration,
  explore,
  type Limits,
  type Model,
  type Reduction,
  type Report,
  type Result,
  type SearchOptions,
} from '../../checker/index.ts';
import { refusal } from '../../checker/option-checks.ts';
import { planOf, searchRanges } from '../../checker/plan.ts';
import { startCrew } from '../../checker/threads/index.ts';
import { adviceFor, closestNames } from '../../render/closest-names.ts';
import { type Story, tell } from '../../render/story.ts';
import {
  type AnyAction,
  type Bound,
  labelOf,
  modelOf,
  type Revision,
  type Service,
} from '../../spec/index.ts';
import { assertCertifiable, writeCertificate } from '../certificate/write.ts';
import type { Output } from '../flags/output.ts';
import { spellFlag } from '../flags/spelling.ts';
import { type Guards, guardsOf } from '../formats/coverage.ts';
import { profileText } from '../formats/profile.ts';
import { progressLines } from '../formats/progress.ts';
import { isInterrupted, showStatus } from '../thread/session.ts';
import { Checkpoint } from './checkpoint.ts';

export type CheckFormat = 'text' | 'json' | 'junit' | 'sarif' | 'itf';

/** What `shim-spec check` is asked for. */
export interface CheckRequest {
  readonly bound: Bound;
  readonly limits: Limits;
  readonly engine: Engine;
  readonly reduction: Reduction | null;
  /** Whether the symbolic engine is to find shortest counterexamples. */
  readonly isShortest: boolean;
  /** Threads; null for as many as help. */
  readonly workers: number | null;
  /** Where the search is saved as it goes, and from where it resumes. */
  readonly checkpoint: { readonly file: string; readonly everyMs: number } | null;
  /** Where the states of a complete search are written. */
  readonly certificate: string | null;
  /** Whose trace is shown: a property's, or `all`, `none`, `shortest`. */
  readonly show: string;
  /** How many counterexamples of each property are listed. */
  readonly distinct: number;
  readonly isProfiled: boolean;
  /** Of which actions the coverage is shown: those whose names contain this; empty for all, by type; null for none. */
  readonly coverage: string | null;
  readonly format: CheckFormat;
  readonly output: Output;
}

/** A search of one revision, and the trace of each property that has one. */
export interface SearchedRevision {
  readonly revision: Revision;
  readonly report: Report<Service, AnyAction>;
  readonly traced: readonly Result<Service, AnyAction>[];
  /** Whether the traces are shortest ones. */
  readonly isShortest: boolean;
  readonly tellTrace: (result: Result<Service, AnyAction>) => Story;
  readonly profile: (colors: Output['colors']) => string;
  /** Writes the certificate, where one was asked for. @throws InputError where it cannot be written */
  readonly certify: () => void;
  /** What stood in the way of the actions, where that was asked for. */
  readonly guards: Guards | null;
}

/** Words that `--show` takes beside the names of properties. */
const shownWords = ['all', 'none', 'shortest'];

/**
 * Searches one revision, until it is interrupted. Whatever can be refused is refused before.
 *
 * @throws OptionError for an option that cannot be used; InputError for a checkpoint that cannot
 */
export function searchRevision(revision: Revision, request: CheckRequest): SearchedRevision {
  const { bound, coverage } = request;
  const model = modelOf(revision, bound);
  assertNamed(model, request);
  const crew = crewOf(request);
  const checkpoint = request.checkpoint && new Checkpoint(request.checkpoint, revision, request);
  const options: SearchOptions = {
    engine: request.engine,
    limits: request.limits,
    ...(request.reduction ? { reduction: request.reduction } : {}),
    ...(request.isShortest ? { shortest: true } : {}),
    ...(crew ? { crew } : {}),
    ...(checkpoint ? { onLevel: checkpoint.save } : {}),
  };
  planOf(options, spellFlag);
  const resume = checkpoint?.read() ?? null;
  if (request.certificate !== null) assertCertifiable(request.certificate);
  showStatus(revision.slug);
  const exploration = explore(model, {
    ...options,
    ...(resume ? { resume } : {}),
    onProgress: progressLines(revision.slug, showStatus),
    isCancelled: isInterrupted,
  });
  crew?.dismiss();
  const { report } = exploration;
  if (report.stoppedBy === null) checkpoint?.remove();
  return {
    revision,
    report,
    isShortest: request.engine !== 'symbolic' || request.isShortest,
    certify: () => {
      if (request.certificate !== null) writeCertificate(request.certificate, revision, bound, exploration);
    },
    traced: report.results.filter((result) => result.trace !== null),
    tellTrace: (result) => tell(revision, bound, result.trace ?? []),
    profile: (colors) => profileText(exploration, colors),
    guards: coverage === null ? null : guardsFrom(model, exploration, coverage),
  };
}

/** Threads for the search; null where one thread does it all. */
function crewOf({ engine, reduction, workers }: CheckRequest): ReturnType<typeof startCrew> | null {
  const isSingle = engine !== 'fast' || reduction !== null;
  const size = workers ?? (isSingle ? 1 : Math.min(searchRanges.crew.max, availableParallelism()));
  return size > 1 ? startCrew(size) : null;
}

function guardsFrom(
  model: Model<Service, AnyAction>,
  { coverage }: Exploration<Service, AnyAction>,
  part: string,
): Guards | null {
  return coverage ? guardsOf(model, coverage(), part === '' ? undefined : part) : null;
}

/** @throws OptionError for the name of a property or an action that the model does not have */
function assertNamed({ properties, actions }: Model<Service, AnyAction>, request: CheckRequest): void {
  const { show, coverage } = request;
  const names = properties.map(({ name }) => name);
  if (![...shownWords, ...names].includes(show)) {
    const allowed = [...shownWords, ...names.map((name) => `'${name}'`)].join(', ');
    throw refusal(
      `--show '${show}' names no property within this bound`,
      '--show',
      show,
      allowed,
      adviceFor(
        show,
        names.map((name) => `'${name}'`),
      ),
    );
  }
  const labels = actions.map(labelOf);
  if (coverage && !labels.some((name) => name.includes(coverage))) {
    const near = closestNames(coverage, labels);
    const such = (near.length > 0 ? near : labels.slice(0, 3)).join(', ');
    throw refusal(
      `--coverage-of '${coverage}' names no action`,
      '--coverage-of',
      coverage,
      `a part of a name, such as ${such}`,
      '--coverage lists the types',
    );
  }
}
