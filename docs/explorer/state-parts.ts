/** A state as a reader takes it in: threads, tables and kernel, with what is at rest named but not shown. */
import { pathText, valueText } from '../../render/changes.ts';
import type { Service } from '../../spec/index.ts';

/** A part of the state that is worth a row. */
export interface Part {
  readonly name: string;
  readonly value: string;
  /** What it was before the last step; null where the step left it alone. */
  readonly was: string | null;
}

/** Parts that are idle, empty or not yet made, in one line. */
interface Fold {
  readonly summary: string;
  readonly names: readonly string[];
}

export interface Group {
  readonly title: string;
  readonly parts: readonly Part[];
  readonly folds: readonly Fold[];
}

/** What a state is compared with. */
interface Moments {
  readonly initial: Service;
  /** Before the last step; null at the beginning. */
  readonly before: Service | null;
  readonly now: Service;
}

/** What is folded away, in words: one, and several. */
const restNames = {
  callUnmade: ['call not made', 'calls not made'],
  callAnswered: ['call answered', 'calls answered'],
  thread: ['thread at rest', 'threads at rest'],
  object: ['process not made', 'processes not made'],
  entry: ['empty', 'empty'],
  process: ['process not forked', 'processes not forked'],
} as const;

/** An end of the state's tree that is told in one line. */
interface Item {
  readonly path: readonly string[];
  readonly name: string;
  readonly rest: keyof typeof restNames;
}

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Parts that are not tables of the shim. The log is shown by its events; bundles never change. */
const others = ['calls', 'processExits', 'goroutines', 'kernel', 'ec', 'events', 'published', 'bundles'];
const answers = ['answered', 'refused'];

/** The state in groups. Whatever the last step changed has a row; so has whatever is not as it was at the beginning. */
export function groupsOf(moments: Moments): Group[] {
  const { initial, now } = moments;
  const tables = Object.keys(now).filter((name) => !others.includes(name));
  const kernel = Object.keys(initial.kernel).map(
    (id): Item => ({ path: ['kernel', id], name: id, rest: 'process' }),
  );
  return [
    groupOf('Threads', threadsOf(now), moments),
    groupOf(
      "The shim's tables",
      tables.flatMap((table) => itemsOf(initial, table)),
      moments,
    ),
    groupOf('The kernel', [...kernel, { path: ['ec'], name: 's.ec', rest: 'entry' }], moments),
  ];
}

/** What the last step changed, of all groups. */
export function changedParts(groups: readonly Group[]): Part[] {
  return groups.flatMap(({ parts }) => parts.filter(({ was }) => was !== null));
}

function threadsOf(now: Service): Item[] {
  const calls = Object.entries(now.calls).map(
    ([call, { pc }]): Item => ({
      path: ['calls', call],
      name: call,
      rest: answers.includes(pc) ? 'callAnswered' : 'callUnmade',
    }),
  );
  const goroutines = Object.keys(now.goroutines ?? {}).map(
    (thread): Item => ({ path: ['goroutines', thread], name: thread, rest: 'thread' }),
  );
  return [...calls, { path: ['processExits'], name: 'processExits', rest: 'thread' }, ...goroutines];
}

/** A table by its entries; one of a single value as a whole. */
function itemsOf(initial: Service, table: string): Item[] {
  const value = valueAt(initial, [table]);
  if (!isTree(value)) return [{ path: [table], name: table, rest: 'entry' }];
  const rest = table === 'processes' ? 'object' : 'entry';
  return Object.keys(value).map((key) => ({ path: [table, key], name: pathText([table, key]), rest }));
}

function groupOf(title: string, items: readonly Item[], { initial, before, now }: Moments): Group {
  const parts: Part[] = [];
  const folded: Item[] = [];
  for (const each of items) {
    const { path, name, rest } = each;
    const [first, value] = [valueAt(initial, path), valueAt(now, path)];
    const was = before === null ? value : valueAt(before, path);
    const isChanged = !isSame(was, value);
    if (!isChanged && (isSame(first, value) || rest === 'callAnswered')) folded.push(each);
    else parts.push({ name, value: textOf(value, first), was: isChanged ? textOf(was, first) : null });
  }
  return { title, parts, folds: foldsOf(folded, items) };
}

function foldsOf(folded: readonly Item[], items: readonly Item[]): Fold[] {
  const kinds = [...new Set(folded.map(({ rest }) => rest))];
  return kinds.map((kind) => {
    const ofKind = folded.filter(({ rest }) => rest === kind);
    const names = [...new Set(ofKind.map((each) => shortName(each, folded, items)))];
    return { summary: `${names.length} ${restNames[kind][names.length === 1 ? 0 : 1]}`, names };
  });
}

/** The table alone where all of it is folded. */
function shortName({ path, name, rest }: Item, folded: readonly Item[], items: readonly Item[]): string {
  const [table = ''] = path;
  const count = (among: readonly Item[]): number => among.filter((each) => each.path[0] === table).length;
  return rest === 'entry' && path.length > 1 && count(folded) === count(items) ? table : name;
}

function valueAt(state: Service, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (isTree(value) ? value[key] : undefined), state);
}

/** A value in a line; of an object what is not as at the beginning. */
function textOf(value: unknown, first: unknown): string {
  if (!isTree(value) || 'of' in value) return valueText(value);
  const { pc, ...fields } = value;
  const rest = Object.entries(fields)
    .filter(([key, field]) => !isSame(field, isTree(first) ? first[key] : undefined))
    .map(([key, field]) => `${key}: ${valueText(field)}`);
  return [...(pc === undefined ? [] : [placeText(String(pc))]), ...rest].join(', ') || 'empty';
}

/** A program counter. What is no place in the handler's code is in the specification's own words. */
function placeText(pc: string): string {
  if (pc === 'idle') return 'at rest';
  return ['called', 'panicked', 'ended', ...answers].includes(pc) ? pc : `at ${pc}`;
}
