import {
  type Admission,
  type CallId,
  type ContainerId,
  type Dispatched,
  type Event,
  emptyState,
  methodOf,
  type Pid,
  type ProcessId,
  type Proposed,
  type ProposedAction,
  stepped,
  targetOf,
} from '../../spec/index.ts';

/** What the state asks to be done. */
export interface Effects {
  /** A call has started runc. */
  readonly runcStarts: (call: CallId) => void;
  /** A call is over; `at` is where it stood before. */
  readonly callEnds: (call: CallId, outcome: 'answered' | 'refused', at: string) => void;
  readonly publish: (event: Event) => void;
  /** The exit of a process is attributed; its zombie has to go before anything else happens. */
  readonly reap: (process: ProcessId, pid: Pid) => void;
  /** Every process of a container has to be killed. */
  readonly killAll: (container: ContainerId) => void;
  /** A process that runc has left behind has to be killed, while its pid cannot be reaped. */
  readonly kill: (pid: Pid) => void;
  /** A process is signalled, while its pid cannot be reaped. */
  readonly signal: (call: CallId, pid: Pid) => void;
  /** The shim has to end. */
  readonly end: () => void;
}

/** The step that a handler takes next, by where it stands. */
const stepAt: Readonly<Record<string, (call: CallId) => ProposedAction>> = {
  called: (call) => ({ type: firstStepOf(call), call }),
  'p.Start': (call) => ({ type: 'ShimBeginsStart', call }),
  'announce TaskCreate': (call) => ({ type: 'ShimAnnounces', call }),
  'announce TaskStart': (call) => ({ type: 'ShimAnnounces', call }),
  'announce TaskExecStarted': (call) => ({ type: 'ShimAnnounces', call }),
  'give up': (call) => ({ type: 'ShimGivesUp', call }),
  'return from Create': (call) => ({ type: 'ShimReplies', call }),
  'return from Start': (call) => ({ type: 'ShimReplies', call }),
  'return from Exec': (call) => ({ type: 'ShimReplies', call }),
  'container.Exec': (call) => ({ type: 'ShimAddsExec', call }),
  'container.Kill': (call) => ({ type: 'ShimKills', call, isTold: true }),
  'p.Wait': (call) => ({ type: 'ShimEndsWait', call }),
  'container.Delete': (call) => ({ type: 'ShimDeletesProcess', call }),
  'delete(s.containers)': (call) => ({ type: 'ShimForgetsContainer', call }),
};

function firstStepOf(call: CallId): 'ShimBeginsCreate' | 'ShimShutsDown' | 'ShimFindsContainer' {
  if (methodOf(call) === 'create') return 'ShimBeginsCreate';
  return methodOf(call) === 'shutdown' ? 'ShimShutsDown' : 'ShimFindsContainer';
}

/**
 * The reducer with its state: takes answers from the world, lets the shim take every step that is enabled then,
 * and has carried out what the state asks for. It decides nothing: which steps are enabled is the reducer's word.
 */
export class Machine {
  #state: Proposed = emptyState();
  readonly #effects: Effects;
  readonly #record: (action: Dispatched) => void;
  readonly #live = new Set<CallId>();
  #isSettling = false;

  constructor(effects: Effects, record: (action: Dispatched) => void = () => undefined) {
    this.#effects = effects;
    this.#record = record;
  }

  get state(): Proposed {
    return this.#state;
  }

  /** Calls that are not over. */
  get live(): ReadonlySet<CallId> {
    return this.#live;
  }

  /** Extends or shrinks the tables; takes no step. */
  admit(admission: Admission): void {
    this.#take(admission);
    if (admission.type === 'Admit' && 'call' in admission) this.#live.add(admission.call);
  }

  /** Forgets a call that the reducer did not take. */
  forget(call: CallId): void {
    this.#live.delete(call);
  }

  /** Dispatches one answer of the world, and all steps of the shim that follow. @returns whether it was enabled */
  dispatch(action: ProposedAction): boolean {
    const call = 'call' in action ? action.call : null;
    const at = call === null ? '' : this.#at(call);
    if (!this.#take(action)) return false;
    // An answer of the world may end a call by itself: runc has failed.
    if (call !== null && this.#live.has(call)) this.#finish(call, at);
    this.settle();
    return true;
  }

  /** Takes the shim's own steps until none is enabled. */
  settle(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    try {
      for (let again = true; again; ) {
        again = false;
        for (const call of this.#live) if (this.#advance(call)) again = true;
        for (const c of Object.keys(this.#state.held)) {
          if (this.#state.held[c]?.e && this.#take({ type: 'ShimKillsAll', thread: `reaper ${c}` })) {
            this.#effects.killAll(c);
            again = true;
          }
        }
      }
    } finally {
      this.#isSettling = false;
    }
  }

  /** Attributes the exit of a zombie, if the reducer lets it be reaped now. */
  reap(process: ProcessId, pid: Pid): boolean {
    const before = this.#state;
    const after = stepped(before, { type: 'ShimReaps', process });
    if (after === null) return false;
    // The zombie goes in the same section: what follows from its exit is carried out after this.
    this.#effects.reap(process, pid);
    this.#commit({ type: 'ShimReaps', process }, after);
    this.settle();
    return true;
  }

  #at(call: CallId): string {
    return this.#state.calls[call]?.pc ?? 'idle';
  }

  #processOf(call: CallId): Proposed['kernel'][ProcessId] | undefined {
    return this.#state.kernel[targetOf(call)];
  }

  #advance(call: CallId): boolean {
    const at = this.#at(call);
    const action = stepAt[at]?.(call);
    const before = this.#processOf(call);
    if (!action || !this.#take(action)) return false;
    const isLeft =
      at === 'give up' && before?.status === 'alive' && this.#processOf(call)?.status === 'zombie';
    if (isLeft) this.#effects.kill(before.pid);
    if (at === 'container.Kill' && this.#isOver(call) === 'answered') {
      this.#effects.signal(call, this.#state.processes[call.split(' ')[1] ?? '']?.pid ?? 0);
    }
    this.#finish(call, at);
    return true;
  }

  #finish(call: CallId, at: string): void {
    const outcome = this.#isOver(call);
    if (outcome === null) return;
    this.#live.delete(call);
    this.#effects.callEnds(call, outcome, at);
  }

  #isOver(call: CallId): 'answered' | 'refused' | null {
    const reply = this.#state.calls[call]?.reply;
    if (reply === 'success') return 'answered';
    return reply === 'error' ? 'refused' : null;
  }

  #take(action: Dispatched): boolean {
    const after = stepped(this.#state, action);
    if (after === null) return false;
    this.#commit(action, after);
    return true;
  }

  #commit(action: Dispatched, after: Proposed): void {
    const before = this.#state;
    this.#record(action);
    const events = after.events ?? [];
    this.#state = events.length > 0 ? { ...after, events: [] } : after;
    if (before.processExits.pc !== after.processExits.pc) this.#effects.end();
    for (const event of events) this.#effects.publish(event);
    if ('call' in action && before.calls[action.call]?.runc === 'idle') {
      const runc = after.calls[action.call]?.runc;
      if (runc === 'running' || runc === 'doomed') this.#effects.runcStarts(action.call);
    }
  }
}
