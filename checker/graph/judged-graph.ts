import { ClaimLearner, type LearntClaim } from '../learning/claim-learner.ts';
import { EffectTable } from '../learning/effects.ts';
import { Recorder } from '../learning/recorder.ts';
import { StepLearner } from '../learning/step-learner.ts';
import { Ledger, type OpenClaim } from '../ledger.ts';
import type { Model } from '../model.ts';
import { type Slot, slotsOf } from '../store/slots.ts';
import { Store } from '../store/store.ts';
import { grown, ownWords } from '../store/words.ts';
import { type WholeModel, wholeModel } from '../whole-model.ts';

/** Words of a step: its action, its leaf, and the number of the state after it plus one; 0 where nobody asked yet. */
export const edgeSize = 3;

const none: readonly OpenClaim[] = [];

/**
 * The states of a model that several searches look at, each with its steps and the claims that it breaks: what one search
 * has met, the next one need not learn. State 0 is the initial one. Witnesses are not judged.
 */
export class JudgedGraph<S extends object, A> {
  readonly model: WholeModel<S, A>;
  /** Steps, {@link edgeSize} words each. */
  edges: Int32Array = new Int32Array(edgeSize * 4096);
  readonly #slots: Slot[];
  readonly #store: Store;
  readonly #effects = new EffectTable(ownWords);
  readonly #claims: ClaimLearner<S, A>;
  readonly #steps: StepLearner<S, A>;
  /** Of each state where its steps begin in `edges`, and how many there are, plus one; 0 where they are not known. */
  #ranges: Int32Array = new Int32Array(2 * 4096);
  #edgesEnd = 0;
  /** Of each state that breaks some claims, these; a state at rest breaks others. */
  readonly #broken = new Map<number, readonly LearntClaim[]>();
  readonly #brokenAtRest = new Map<number, readonly LearntClaim[]>();
  #scratch: Int32Array = new Int32Array(0);
  /** The order of the steps of the state that is expanded; used again. */
  readonly #order: number[] = [];

  constructor(model: Model<S, A>) {
    const whole = wholeModel(model);
    this.model = { ...whole, properties: whole.properties.filter(({ kind }) => kind !== 'sometimes') };
    this.#slots = slotsOf(model.initial);
    this.#store = new Store(this.#slots);
    const recorder = new Recorder<S>(this.#slots);
    const parts = { slots: this.#slots, store: this.#store, model: this.model, recorder };
    this.#claims = new ClaimLearner(this.model, new Ledger(this.model), recorder, this.#effects, ownWords);
    this.#steps = new StepLearner({ ...parts, effects: this.#effects, claims: this.#claims }, ownWords);
    const nodes = this.#store.newNodes();
    this.#store.add(nodes);
    this.#judge(0, nodes, this.#claims.toJudgeInitially(), []);
  }

  /** How many states have been met. */
  get size(): number {
    return this.#store.count;
  }

  /** In bytes, about. */
  get bytes(): number {
    const { tries } = this.#steps;
    return this.#store.bytes + tries.bytes + this.#claims.bytes + 4 * (this.#edgesEnd + 2 * this.size);
  }

  /** The steps that a state enables. @returns where they stand in `edges`: `[from, to)`, in words */
  stepsOf(number: number): readonly [from: number, to: number] {
    const at = 2 * number;
    if ((this.#ranges[at + 1] ?? 0) === 0) this.#expand(number);
    const from = this.#ranges[at] as number;
    return [from, from + edgeSize * ((this.#ranges[at + 1] as number) - 1)];
  }

  /** The number of the state that a step of state `number` leads to. @param edge where the step stands in `edges` */
  after(number: number, edge: number): number {
    const known = this.edges[edge + 2] as number;
    if (known > 0) return known - 1;
    const to = this.#take(number, this.edges[edge + 1] as number);
    this.edges[edge + 2] = to + 1;
    return to;
  }

  /** The claims about states that a state breaks. */
  brokenIn(number: number): readonly OpenClaim[] {
    return this.#broken.get(number) ?? none;
  }

  /** The claims about states at rest that it breaks. */
  brokenAtRest(number: number): readonly OpenClaim[] {
    const known = this.#brokenAtRest.get(number);
    if (known) return known;
    const nodes = this.#store.newNodes();
    this.#store.load(number, nodes);
    const { layout } = this.#store;
    const broken = this.#claims
      .toJudgeIfQuiescent()
      .filter((claim) => this.#claims.decides(claim, nodes, layout));
    this.#brokenAtRest.set(number, broken);
    return broken;
  }

  /** The claims about steps that a step breaks. */
  brokenBy(edge: number): readonly OpenClaim[] {
    return this.#effects.brokenClaims[this.edges[edge + 1] as number] ?? none;
  }

  /** Learns which actions a state enables, in the order of the actions. */
  #expand(number: number): void {
    this.#findEnabled(number);
    const { actions, leaves, count } = this.#steps.lastFound;
    const end = this.#edgesEnd + edgeSize * count;
    if (end > this.edges.length) this.edges = grown(this.edges, end, ownWords);
    this.#order.length = count;
    for (let i = 0; i < count; i++) this.#order[i] = i;
    this.#order.sort((a, b) => (actions[a] as number) - (actions[b] as number));
    let at = this.#edgesEnd;
    for (const k of this.#order) {
      this.edges[at++] = actions[k] as number;
      this.edges[at++] = leaves[k] as number;
      this.edges[at++] = 0;
    }
    if (2 * number + 2 > this.#ranges.length) this.#ranges = grown(this.#ranges, 2 * number + 2, ownWords);
    this.#ranges[2 * number] = this.#edgesEnd;
    this.#ranges[2 * number + 1] = count + 1;
    this.#edgesEnd = end;
  }

  #findEnabled(number: number): void {
    for (;;) {
      const nodes = this.#store.newNodes();
      this.#store.load(number, nodes);
      if (this.#steps.findEnabled(nodes)) return;
      this.#steps.isOutgrown = false;
      if (this.#store.repack()) this.#store.rebuildIndex();
      this.#effects.compileAll(this.#store.layout, this.#store.tree);
    }
  }

  /** Takes a step from a state. @returns the number of the state after it, which is judged where it is new */
  #take(number: number, leaf: number): number {
    const nodes = this.#nodes();
    this.#store.load(number, nodes);
    this.#effects.apply(leaf, nodes);
    const known = this.#store.find(nodes);
    if (known >= 0) return known;
    const added = this.#store.add(nodes);
    const toJudge = this.#claims.toJudgeAfter(leaf);
    const before = this.#broken.get(number) ?? [];
    // What the step does not touch is broken where it was.
    this.#judge(
      added,
      nodes,
      toJudge,
      before.filter((claim) => !toJudge.includes(claim)),
    );
    return added;
  }

  #judge(
    number: number,
    nodes: Int32Array,
    toJudge: readonly LearntClaim[],
    untouched: readonly LearntClaim[],
  ): void {
    const { layout } = this.#store;
    const broken = toJudge.filter((claim) => this.#claims.decides(claim, nodes, layout));
    if (broken.length + untouched.length > 0) this.#broken.set(number, [...untouched, ...broken]);
  }

  /** An array for one state, which is used again. */
  #nodes(): Int32Array {
    if (this.#scratch.length !== this.#store.tree.size) this.#scratch = this.#store.newNodes();
    return this.#scratch;
  }
}
