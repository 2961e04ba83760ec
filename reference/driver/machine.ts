import {
  type Admission,
  type CallId,
  type ContainerId,
  type Dispatched,
  type Event,
  emptyState,
  methodOf,
  type OomNews,
  type Pid,
  type ProcessId,
  type Proposed,
  type ProposedAction,
  stepped,
  targetOf,
} from '../../spec/index.ts';

/** What the reducer's state asks of the world. */
export interface EffectHandlers {
  /** Runs runc for a call. */
  readonly runRunc: (call: CallId) => void;
  /** Answers a call. @param at where the call stood before it ended */
  readonly endCall: (call: CallId, isAnswered: boolean, at: string) => void;
  readonly publish: (event: Event) => void;
  /** Reaps a zombie, at once: nothing else may happen in between. */
  readonly reap: (pid: Pid) => void;
  /** Kills every process of a container; to be told of by `endKillAll`. */
  readonly killAll: (container: ContainerId) => void;
  /** Kills a process that a failed runc left behind; its pid is not reaped yet. */
  readonly kill: (pid: Pid) => void;
  /** Sends a Kill's signal to a process; its pid is not reaped yet. */
  readonly signal: (call: CallId, pid: Pid) => void;
  /** Looks whether the kernel has counted a lack of memory, and tells of it at once, by `dispatch`. */
  readonly lookForOom: (container: ContainerId) => void;
  /** Ends the shim. */
  readonly end: () => void;
}

/** The step that a call's handler takes next, by where it stands. */
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
 * The reducer with its state. It takes an answer of the world, then every step of the shim that is enabled, and asks the
 * world for what the state says. Which steps are enabled, the reducer alone decides.
 */
export class Machine {
  #state: Proposed = emptyState();
  readonly #effects: EffectHandlers;
  readonly #record: (action: Dispatched) => void;
  readonly #live = new Set<CallId>();
  #isSettling = false;

  /** @param record is told of each action that the reducer takes */
  constructor(effects: EffectHandlers, record: (action: Dispatched) => void) {
    this.#effects = effects;
    this.#record = record;
  }

  get state(): Proposed {
    return this.#state;
  }

  /** Calls that have not ended. */
  get live(): ReadonlySet<CallId> {
    return this.#live;
  }

  /** Grows or shrinks the reducer's tables; takes no step. */
  admit(admission: Admission): void {
    this.#take(admission);
    if (admission.type === 'Admit' && 'call' in admission) this.#live.add(admission.call);
  }

  /** Forgets a call that the reducer did not take. */
  forget(call: CallId): void {
    this.#live.delete(call);
  }

  /** Takes an answer of the world, and every step of the shim that follows. @returns whether it was enabled */
  dispatch(action: ProposedAction | OomNews): boolean {
    const call = 'call' in action ? action.call : null;
    const at = call === null ? '' : this.#at(call);
    if (!this.#take(action)) return false;
    // An answer of the world may end a call by itself: runc has failed.
    if (call !== null && this.#live.has(call)) this.#finish(call, at);
    this.#settle();
    return true;
  }

  #settle(): void {
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
        for (const c of Object.keys(this.#state.oom ?? {})) if (this.#explain(c)) again = true;
      }
    } finally {
      this.#isSettling = false;
    }
  }

  /** Looks at the kernel's counter where exits wait for that, and publishes what is due then. */
  #explain(c: ContainerId): boolean {
    const { exits = [] } = this.#state.oom?.[c] ?? {};
    if (exits.length > 0) this.#effects.lookForOom(c);
    const isDue = exits.length > 0 || this.#state.oom?.[c]?.kill === 'counted';
    return isDue && this.#take({ type: 'ShimLooksForOom', process: c });
  }

  /** What `killAll` of a container was asked for is done, or cannot be. */
  endKillAll(container: ContainerId): void {
    if (this.#take({ type: 'ShimEndsKillAll', thread: `reaper ${container}` })) this.#settle();
  }

  /** Reaps a zombie, if the reducer lets it be reaped now. */
  reap(process: ProcessId, pid: Pid): void {
    const before = this.#state;
    const after = stepped(before, { type: 'ShimReaps', process });
    if (after === null) return;
    // First: what follows from the exit must find the zombie gone.
    this.#effects.reap(pid);
    this.#commit({ type: 'ShimReaps', process }, after);
    this.#settle();
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
    const isLeftBehind =
      at === 'give up' && before?.status === 'alive' && this.#processOf(call)?.status === 'zombie';
    if (isLeftBehind) this.#effects.kill(before.pid);
    if (at === 'container.Kill' && this.#state.calls[call]?.reply === 'success') {
      this.#effects.signal(call, this.#state.processes[targetOf(call)]?.pid ?? 0);
    }
    this.#finish(call, at);
    return true;
  }

  /** Ends the call, if it has a reply. */
  #finish(call: CallId, at: string): void {
    const reply = this.#state.calls[call]?.reply;
    if (reply !== 'success' && reply !== 'error') return;
    this.#live.delete(call);
    this.#effects.endCall(call, reply === 'success', at);
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
      if (runc === 'running' || runc === 'doomed') this.#effects.runRunc(action.call);
    }
  }
}
