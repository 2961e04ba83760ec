/**
 * Tells a step in the words of the Go code, for traces, and what the threads of a state wait for.
 *
 * @module
 */
import { match, P } from 'ts-pattern';
import type { AnyAction } from './action.ts';
import type { ClientAction, EnvironmentAction } from './environment.ts';
import type { Revision } from './revision.ts';
import { goCode, linesIn } from './revisions/go-code.ts';
import { stepsOfParts } from './road/parts.ts';
import { reaperSteps } from './road/reaper.ts';
import { placeOf, type Wanted, wantedBy } from './road/waiting.ts';
import type { Service } from './service.ts';
import { type CallKind, kindsOf, type ShimStep } from './steps.ts';
import { type CallId, methodOf, type ThreadId, targetOf } from './vocabulary.ts';

/** What a step is in the words of the Go code. */
export interface Mirror {
  /** Who takes the step: a thread of the shim, or `client`, `runc`, `kernel`. */
  readonly lane: string;
  /** What it does. */
  readonly text: string;
  /** A link to the Go lines; null for a step of the world, and for one without known lines. */
  readonly source: string | null;
}

/** Lines that a step mirrors. */
export interface Citation {
  /** The step's name. */
  readonly step: string;
  /** The file's path in containerd's repository. */
  readonly file: string;
  /** The first line, counted from one. */
  readonly from: number;
  /** The last line. */
  readonly to: number;
}

/** A thread that cannot go on, where it stands, and why. */
export interface Blocked {
  /** Whose thread it is. */
  readonly thread: ThreadId;
  /** Where it stands, in the words of the Go code. */
  readonly at: string;
  /** What it waits for: `blocked on s.mu, which it already holds`. */
  readonly because: string;
}

/** Describes the step that `action` is in `before`, a state that enables it. */
export function mirror(revision: Revision, before: Service, action: AnyAction): Mirror {
  const { type, call, thread } = action;
  const onRoad = stepsOfParts(revision)[type] ?? reaperSteps[type];
  if (onRoad) return roadMirror(revision, before, action, onRoad);
  const code = revision.steps[type]?.code ?? goCode[type];
  if (!code && !revision.steps[type]) return environmentMirror(before, action as EnvironmentAction);
  const lane = call ?? thread ?? 'processExits';
  const text = typeof code?.text === 'function' ? code.text(before, lane) : (code?.text ?? type);
  return { lane, text, source: linkOf(revision, type, call) };
}

/** Describes a step of the road in a trace: the publisher's are told with their Go lines. */
function roadMirror(
  { codeOf, slug, tree }: Revision,
  before: Service,
  action: AnyAction,
  { code }: ShimStep<Service, never>,
): Mirror {
  const { text = '', lines = '' } = code ?? {};
  const place = typeof lines === 'string' ? linesIn(lines, codeOf ?? slug) : null;
  return {
    lane: action.type in reaperSteps ? laneOfReaper(action.type) : (action.thread ?? laneOf(action.type)),
    text: typeof text === 'string' ? text : text(before, action.call ?? action.thread ?? ''),
    source: place && tree.startsWith('https:') ? new URL(place, `${tree}/`).href : null,
  };
}

/** Who takes a step between wait4 and the exit loop. */
function laneOfReaper(type: string): string {
  if (type.startsWith('Runc')) return 'runc';
  return type.startsWith('Queue') ? 'queue' : 'reaper';
}

/** Who takes a step of the road that is no goroutine of the publisher. */
function laneOf(type: string): string {
  if (type.startsWith('Kernel')) return 'kernel';
  if (type.startsWith('Containerd')) return 'containerd';
  if (type.startsWith('Watcher')) return 'watcher';
  return /^(?:Shim|Shutdown|Outbox)/.test(type) ? 'shim' : 'listener';
}

/** Describes an action of the world in a trace. */
function environmentMirror({ reaper }: Service, action: EnvironmentAction): Mirror {
  const say = (lane: string, text: string): Mirror => ({ lane, text, source: null });
  return match(action)
    .with({ type: 'RuncForks' }, ({ call, pid }) => say('runc', `runc forks ${targetOf(call)} as pid ${pid}`))
    .with({ type: 'RuncReleasesInit' }, ({ call }) => say('runc', `runc start lets ${targetOf(call)} go on`))
    .with({ process: P.string }, ({ type, process }) =>
      say(
        'kernel',
        type === 'ProcessExits'
          ? `${process} dies`
          : `wait4 reaps ${process}${reaper ? '' : ', s.ec takes its exit'}`,
      ),
    )
    .otherwise((sent) => say('client', `calls ${sentText(sent)}`));
}

function sentText({ type, call }: ClientAction): string {
  const name = `${methodOf(call).charAt(0).toUpperCase()}${methodOf(call).slice(1)}`;
  const again = call.endsWith(' again') ? ' again' : '';
  return `${name}(${targetOf(call)})${again}${type === 'ClientCallsEarly' ? ' early' : ''}`;
}

/** The link to where a step stands in the Go code of a revision. */
function linkOf({ slug, codeOf, tree, steps }: Revision, type: string, call?: CallId): string | null {
  const ofKind = (lines: string | Readonly<Partial<Record<CallKind, string>>> = {}): string | undefined => {
    if (typeof lines === 'string') return lines;
    return call && kindsOf(call).flatMap((kind) => lines[kind] ?? [])[0];
  };
  const own = steps[type]?.code;
  const place = own ? ofKind(own.lines) : linesIn(ofKind(goCode[type]?.lines) ?? '', codeOf ?? slug);
  return place && tree.startsWith('https:') ? `${tree}/${place}` : null;
}

/** The commit of containerd that a revision mirrors; null for one that mirrors no Go code. */
export function commitOf({ tree }: Revision): string | null {
  return treeParts(tree)?.commit ?? null;
}

/** Every place that a revision's steps cite, in the order of the steps; none for one that mirrors no Go code. */
export function citationsOf(revision: Revision): Citation[] {
  const tree = treeParts(revision.tree);
  if (tree === null) return [];
  const steps = { ...revision.steps, ...stepsOfParts(revision) };
  const types = new Set([...Object.keys(steps), ...Object.keys(goCode)]);
  return [...types].flatMap((step) =>
    placesOf(revision, step).flatMap((place) => {
      const [, file = '', from = '', to = from] = /^(.+)#L(\d+)(?:-L(\d+))?$/.exec(place) ?? [];
      const { pathname } = new URL(`/${tree.folder}/${file}`, 'file:');
      return file === '' ? [] : [{ step, file: pathname.slice(1), from: Number(from), to: Number(to) }];
    }),
  );
}

/** The places of a step below the revision's tree, for every kind of call. */
function placesOf(revision: Revision, step: string): string[] {
  const { slug, codeOf, steps } = revision;
  const own = steps[step]?.code;
  const lines = (own ?? stepsOfParts(revision)[step]?.code ?? goCode[step])?.lines ?? '';
  return (typeof lines === 'string' ? [lines] : Object.values(lines)).flatMap((each) =>
    own ? each : (linesIn(each, codeOf ?? slug) ?? []),
  );
}

function treeParts(tree: string): { readonly commit: string; readonly folder: string } | null {
  const [, commit, folder] =
    /^https:\/\/github\.com\/containerd\/containerd\/blob\/([0-9a-f]{40})\/(.+)$/.exec(tree) ?? [];
  return commit === undefined || folder === undefined ? null : { commit, folder };
}

/** The threads that wait for something, and for what. */
export function blocked(s: Service): Blocked[] {
  const goroutines = s.goroutines ?? {};
  return [...Object.keys(s.calls), 'processExits', ...Object.keys(goroutines)].flatMap((thread) => {
    const pc = placeOf(s, thread);
    const because = causeOf(s, thread, pc);
    return because === null ? [] : [{ thread, at: pc, because }];
  });
}

function causeOf(s: Service, thread: ThreadId, pc: string): string | null {
  if (pc.endsWith('ch <-')) return 'blocked on ch <-, which has no room';
  const runc = s.reaper?.runcs[thread]?.at ?? 'none';
  if (runc !== 'none')
    return runc === 'told' ? null : 'waits for the exit of its runc, of which nobody has told it';
  const wanted = wantedBy(s, thread);
  if (wanted) return heldBy(wanted, thread);
  if (pc === '<-events') return 'blocked on <-events, to which no count was sent';
  return pc === 'p.Wait' ? `blocked in p.Wait: nobody has set ${targetOf(thread)} exited` : null;
}

function heldBy({ lock, holder }: Wanted, thread: ThreadId): string | null {
  if (holder === null) return null;
  return `blocked on ${lock}, which ${holder === thread ? 'it already holds' : `${holder} holds`}`;
}
