import type { Colors } from 'picocolors/types.js';
import type { ActionCoverage, Coverage, Model, SlotCoverage } from '../../checker/index.ts';
import { pathText, valueText } from '../../render/changes.ts';
import { count } from '../../render/table.ts';
import { type AnyAction, labelOf, type Service } from '../../spec/index.ts';

/** A variable of the state that actions read. */
interface Guard extends Omit<SlotCoverage, 'path'> {
  /** As traces print it, `calls[create c1].pc`; of a type of actions without the numbers of containers and execs. */
  readonly slot: string;
}

/** How often the actions of a type, or a single one, were taken, and what stopped them. */
interface CoverageRow {
  /** The type, or the action. */
  readonly action: string;
  /** How many actions of the type there are. */
  readonly actions: number;
  readonly taken: number;
  readonly outcomes: number;
  readonly guards: readonly Guard[];
  /** The actions that were never taken, and what stopped each after it had read most. */
  readonly never: readonly {
    readonly action: string;
    readonly slot: string;
    readonly values: readonly string[];
  }[];
}

/** What stopped the actions. Text and JSON are written from this one object. */
export interface Guards {
  /** In how many states every action was tried. */
  readonly states: number;
  readonly rows: readonly CoverageRow[];
}

type Rename = (text: string) => string;

/**
 * Groups the coverage of single actions by their types.
 *
 * @param only of each single action whose label holds this text; default: of the types
 */
export function guardsOf(
  { actions }: Model<Service, AnyAction>,
  { states, actions: found }: Coverage,
  only?: string,
): Guards {
  const all = actions.map((action, i) => ({ action, own: found[i] as ActionCoverage }));
  if (only !== undefined) {
    const singles = all.filter(({ action }) => labelOf(action).includes(only));
    return { states, rows: singles.map((each) => rowOf(labelOf(each.action), [each], () => (text) => text)) };
  }
  const types = [...new Set(actions.map(({ type }) => type))];
  const of = (type: string): SingleAction[] => all.filter(({ action }) => action.type === type);
  return { states, rows: types.map((type) => rowOf(type, of(type), generalOf)) };
}

interface SingleAction {
  readonly action: AnyAction;
  readonly own: ActionCoverage;
}

function rowOf(
  name: string,
  singles: readonly SingleAction[],
  renameFor: (action: AnyAction) => Rename,
): CoverageRow {
  const sum = (of: (own: ActionCoverage) => number): number => singles.reduce((n, { own }) => n + of(own), 0);
  const never = singles.filter(({ own }) => own.taken === 0);
  return {
    action: name,
    actions: singles.length,
    taken: sum(({ taken }) => taken),
    outcomes: sum(({ outcomes }) => outcomes),
    guards: guardRows(singles, renameFor),
    never: never.map(({ action, own: { farthest } }) => ({
      action: labelOf(action),
      slot: farthest ? pathText(farthest.path) : '',
      values: textsOf(farthest?.values ?? [], (text) => text),
    })),
  };
}

/** The variables that the actions read, one row for those that differ by ids alone; what stops most first. */
function guardRows(singles: readonly SingleAction[], renameFor: (action: AnyAction) => Rename): Guard[] {
  const guards = new Map<string, Guard>();
  for (const { action, own } of singles) {
    const rename = renameFor(action);
    for (const { path, ...its } of own.slots) {
      const slot = pathText(path, rename);
      const {
        readings = 0,
        refusals = 0,
        refusing = [],
        passing = [],
        matters = false,
      } = guards.get(slot) ?? {};
      guards.set(slot, {
        slot,
        readings: readings + its.readings,
        refusals: refusals + its.refusals,
        refusing: merged(refusing, textsOf(its.refusing, rename)),
        passing: merged(passing, textsOf(its.passing, rename)),
        matters: matters || its.matters,
      });
    }
  }
  return [...guards.values()].toSorted((a, b) => b.refusals - a.refusals || (a.slot < b.slot ? -1 : 1));
}

function textsOf(values: readonly string[], rename: Rename): string[] {
  return values.map((json) => rename(valueText(JSON.parse(json))));
}

function merged(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort();
}

/** Leaves out which call, thread, container, exec or pid it is. */
function generalOf({ call, thread }: AnyAction): Rename {
  return (text) => {
    if (text === call) return 'call';
    if (text === thread) return 'thread';
    return /^\d+$/.test(text) && Number(text) >= 100 ? 'pid' : text.replace(/\b([ce])\d+\b/g, '$1');
  };
}

const valuesWidth = 60;

/** What stopped each action, for a terminal. */
export function coverageText({ states, rows }: Guards, c: Colors): string {
  const number = Math.max(
    ...rows.flatMap(({ guards }) => guards.map(({ refusals }) => count(refusals).length)),
    1,
  );
  const width = Math.max(...rows.flatMap(({ guards }) => guards.map(({ slot }) => slot.length)), 1);
  const line = (sign: string, slot: string, note: string): string =>
    `  ${sign.padStart(number + 2)}  ${slot.padEnd(width)}  ${note}`;
  return [
    `${c.bold('coverage')}: every action was tried in ${count(states)} states`,
    c.dim('  a number: how often this stopped the action, and at which values'),
    c.dim(
      '  –: it never stopped the action and never mattered: it is not needed within this bound, or a branch was never taken',
    ),
    ...rows.flatMap((row) => [
      '',
      `  ${headOf(row, c)}`,
      ...row.guards
        .filter(({ refusals }) => refusals > 0)
        .map((guard) => line(count(guard.refusals), guard.slot, atText(guard))),
      ...row.guards
        .filter(({ refusals, matters }) => refusals === 0 && !matters)
        .map(({ slot, passing }) => line(c.yellow('–'.padStart(number + 2)), slot, `is ${listed(passing)}`)),
      ...dependsOn(row, c),
      ...row.never.map((each) => c.yellow(neverText(each))),
    ]),
  ].join('\n');
}

function headOf({ action, actions, taken, outcomes, never }: CoverageRow, c: Colors): string {
  const many = actions === 1 ? '' : ` (${actions - never.length} of ${actions} actions)`;
  if (taken === 0) return `${c.bold(action)}: ${c.yellow('never taken')}${many}`;
  return `${c.bold(action)}: taken ${numbered(taken, 'time')}${many}, ${numbered(outcomes, 'outcome')}`;
}

function numbered(n: number, what: string): string {
  return `${count(n)} ${what}${n === 1 ? '' : 's'}`;
}

function atText({ refusing, passing }: Guard): string {
  if (passing.length === 0) return `always, at ${listed(refusing)}`;
  const isShorter = passing.length < refusing.length && !passing.some((value) => refusing.includes(value));
  return isShorter ? `but for ${listed(passing)}` : `at ${listed(refusing)}`;
}

function dependsOn({ guards }: CoverageRow, c: Colors): string[] {
  const slots = guards.filter(({ refusals, matters }) => refusals === 0 && matters).map(({ slot }) => slot);
  return slots.length > 0 ? [c.dim(`      what it does depends on ${slots.join(', ')}`)] : [];
}

function neverText({ action, slot, values }: CoverageRow['never'][number]): string {
  return `      never taken: ${action}${slot ? `, stopped farthest by ${slot} at ${listed(values)}` : ''}`;
}

/** As many of the values as there is room for. */
function listed(values: readonly string[]): string {
  const shown = values.filter((_, i) => i === 0 || values.slice(0, i + 1).join(', ').length <= valuesWidth);
  const more = values.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? `, … (${more} more)` : ''}`;
}
