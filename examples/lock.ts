/** Two threads and a lock. One that looks and takes in two steps lets both in, and the checker shows how. */
import { always, assertHolds, explore, type Model, quiescent, sometimes, traceText } from 'shim-spec/checker';

type Thread = 'a' | 'b';
type State = { holder: Thread | null; at: Record<Thread, 'outside' | 'saw it free' | 'inside' | 'done'> };
type Action = `${Thread} ${'looks' | 'takes' | 'leaves'}`;

/** @param isAtomic whether a thread looks and takes in one step, as a mutex does */
function lock(isAtomic: boolean): Model<State, Action> {
  return {
    name: isAtomic ? 'lock' : 'broken lock',
    initial: { holder: null, at: { a: 'outside', b: 'outside' } },
    actions: isAtomic
      ? ['a takes', 'a leaves', 'b takes', 'b leaves']
      : ['a looks', 'a takes', 'a leaves', 'b looks', 'b takes', 'b leaves'],
    step: (s, action) => {
      const [thread, verb] = action.split(' ') as [Thread, string];
      if (verb === 'leaves') {
        if (s.at[thread] !== 'inside') return false;
        s.at[thread] = 'done';
        s.holder = null;
        return true;
      }
      const isLooking = isAtomic || verb === 'looks';
      if (s.at[thread] !== (isLooking ? 'outside' : 'saw it free') || (isLooking && s.holder !== null))
        return false;
      s.at[thread] = verb === 'takes' ? 'inside' : 'saw it free';
      if (verb === 'takes') s.holder = thread;
      return true;
    },
    properties: [
      always('one thread is inside', ({ at }) => at.a !== 'inside' || at.b !== 'inside'),
      quiescent('no deadlock', ({ at }, thread) => at[thread as Thread] === 'done', { subjects: ['a', 'b'] }),
      sometimes('the second gets in, too', ({ at }) => at.a === 'done' && at.b === 'inside'),
    ],
  };
}

assertHolds(explore(lock(true)).report);
console.log(traceText(explore(lock(false)).report, 'one thread is inside'));
