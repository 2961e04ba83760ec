/** Two threads and a lock, in JavaScript: `node lock.mjs`. The broken lock looks and takes in two steps. */
import { always, assertHolds, explore, quiescent, sometimes, traceText } from 'shim-spec/checker';

const threads = ['a', 'b'];

/** @param {boolean} isAtomic whether a thread looks and takes in one step, as a mutex does */
function lock(isAtomic) {
  const verbs = isAtomic ? ['takes', 'leaves'] : ['looks', 'takes', 'leaves'];
  return {
    name: isAtomic ? 'lock' : 'broken lock',
    initial: { holder: null, at: { a: 'outside', b: 'outside' } },
    actions: threads.flatMap((thread) => verbs.map((verb) => ({ thread, verb }))),
    label: ({ thread, verb }) => `${thread} ${verb}`,
    step: (s, { thread, verb }) => {
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
      quiescent('no deadlock', ({ at }, thread) => at[thread] === 'done', { subjects: threads }),
      sometimes('the second gets in, too', ({ at }) => at.a === 'done' && at.b === 'inside'),
    ],
  };
}

assertHolds(explore(lock(true)).report);
console.log(traceText(explore(lock(false)).report, 'one thread is inside'));
