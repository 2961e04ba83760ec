import { KeyedJudge } from '../log/keyed-judge.ts';
import type { LogJudge } from '../log/log-judge.ts';
import type { LogBreach } from '../log/monitor.ts';
import type { SavedContainer } from '../log/saved.ts';
import { type Entry, entryIn } from './entries.ts';
import type { Commit, RawEntry } from './group.ts';

/** Breaches of one partition that are kept; more are only counted. */
const breachesMax = 10_000;

/** What is kept and told of a breach. */
export type TextOf = (node: string, breach: LogBreach) => string;

/** What is known of a machine's watcher. */
interface NodeState {
  readonly run: string;
  /** The number of its last entry. */
  readonly n: number;
  readonly numDeleted: number;
}

interface Node {
  run: string;
  n: number;
  judge: KeyedJudge<string>;
}

/** Judges the entries of one stream. Its state can be saved after every batch, and another one goes on with it. */
export class Partition {
  readonly number: number;
  readonly #judge: LogJudge | null;
  readonly #textOf: TextOf;
  readonly #nodes = new Map<string, Node>();
  /** The ids of the breaches that are kept. */
  readonly #kept: Set<string>;
  #state = new Map<string, string | null>();
  #breaches = new Map<string, string>();
  #totals = new Map<string, number>();
  /** Nodes with entries in this batch. */
  readonly #touched = new Set<string>();

  constructor(number: number, judge: LogJudge | null, textOf: TextOf, breachIds: readonly string[]) {
    this.number = number;
    this.#judge = judge;
    this.#textOf = textOf;
    this.#kept = new Set(breachIds);
  }

  /** Takes a part of the state that another one has saved; all parts before the first entry. */
  restore(field: string, value: string): void {
    const [name = '', namespace, container] = JSON.parse(field) as string[];
    const node = this.#nodeOf(name);
    if (namespace !== undefined && container !== undefined) {
      node.judge.restore({ namespace, container }, JSON.parse(value) as SavedContainer);
      return;
    }
    const { run, n, numDeleted } = JSON.parse(value) as NodeState;
    Object.assign(node, { run, n });
    node.judge.continueFrom(numDeleted);
  }

  /** Judges a batch. @returns what it changes */
  judge(entries: readonly RawEntry[]): Commit {
    for (const [id, fields] of entries) {
      const entry = entryIn(fields, `${this.number}/${id}`);
      if (entry) this.#take(entry);
      else this.#count('unreadable');
    }
    for (const name of this.#touched) this.#save(name);
    this.#touched.clear();
    const [state, breaches, totals] = [this.#state, this.#breaches, this.#totals];
    this.#state = new Map();
    this.#breaches = new Map();
    this.#totals = new Map();
    return { state, breaches, totals, ids: entries.map(([id]) => id) };
  }

  #take({ node: name, run, n, told }: Entry): void {
    const node = this.#nodeOf(name);
    // What was written again because its acknowledgement was lost.
    if (run === node.run && n <= node.n) return;
    this.#touched.add(name);
    const isNew = run !== node.run;
    const isMissing = n > (isNew ? 1 : node.n + 1);
    // A watcher tells every stream of its start, and of a gap: so each of them counts the same.
    const isGap = node.run !== '' && (isNew || typeof told === 'string');
    if (isMissing || isGap) this.#forget(name, node);
    if (isMissing) this.#count('missing');
    else if (isGap) this.#count('gaps');
    node.run = run;
    node.n = n;
    if (typeof told === 'string') return;
    this.#count('events');
    node.judge.take(told);
  }

  #nodeOf(name: string): Node {
    const known = this.#nodes.get(name);
    if (known) return known;
    const node: Node = { run: '', n: 0, judge: this.#freshJudge(name) };
    this.#nodes.set(name, node);
    return node;
  }

  #freshJudge(name: string): KeyedJudge<string> {
    return new KeyedJudge(this.#judge, (breach) => this.#textOf(name, breach));
  }

  /** After a gap every container is taken for one that was there before. */
  #forget(name: string, node: Node): void {
    this.#save(name);
    for (const [{ namespace, container }] of node.judge.saved())
      this.#state.set(JSON.stringify([name, namespace, container]), null);
    node.judge = this.#freshJudge(name);
  }

  #save(name: string): void {
    const node = this.#nodeOf(name);
    const { containers, breaches, found } = node.judge.changes();
    for (const [{ namespace, container }, state] of containers)
      this.#state.set(JSON.stringify([name, namespace, container]), state && JSON.stringify(state));
    for (const [id, text] of breaches) this.#keep(JSON.stringify([name, id]), text);
    for (const [rule, by] of found) this.#count(`breach: ${rule}`, by);
    const { run, n, judge } = node;
    const known: NodeState = { run, n, numDeleted: judge.numDeleted };
    this.#state.set(JSON.stringify([name]), JSON.stringify(known));
  }

  #keep(id: string, text: string): void {
    if (!this.#kept.has(id) && this.#kept.size >= breachesMax) return;
    this.#kept.add(id);
    this.#breaches.set(id, text);
  }

  #count(name: string, by = 1): void {
    this.#totals.set(name, (this.#totals.get(name) ?? 0) + by);
  }
}
