/** Two-phase commit: a transaction manager and any number of resource managers decide alike. */
import { always, type Model, onStep, sometimes } from 'shim-spec/checker';

/**
 * Lamport's two-phase commit (tlaplus/Examples `TwoPhase.tla`), the same abstraction as stateright's
 * `examples/2pc.rs`: the message set only grows, so a message is a flag.
 */
export interface TwoPhaseState {
  readonly rm: Record<string, 'working' | 'prepared' | 'committed' | 'aborted'>;
  tm: 'init' | 'committed' | 'aborted';
  readonly tmPrepared: Record<string, boolean>;
  readonly prepared: Record<string, boolean>;
  commit: boolean;
  abort: boolean;
}

export type TwoPhaseAction =
  | { readonly type: 'TmCommits' | 'TmAborts' }
  | {
      readonly type:
        | 'TmReceivesPrepared'
        | 'RmPrepares'
        | 'RmChoosesToAbort'
        | 'RmReceivesCommit'
        | 'RmReceivesAbort';
      readonly rm: string;
    };

export function twoPhaseCommit(resourceManagers: number): Model<TwoPhaseState, TwoPhaseAction> {
  const rms = Array.from({ length: resourceManagers }, (_, i) => `rm${i + 1}`);
  const forAll = <V>(value: V): Record<string, V> => Object.fromEntries(rms.map((rm) => [rm, value]));
  const ofRm = [
    'TmReceivesPrepared',
    'RmPrepares',
    'RmChoosesToAbort',
    'RmReceivesCommit',
    'RmReceivesAbort',
  ] as const;
  return {
    name: `two-phase commit, ${resourceManagers} resource managers`,
    initial: {
      rm: forAll('working'),
      tm: 'init',
      tmPrepared: forAll(false),
      prepared: forAll(false),
      commit: false,
      abort: false,
    },
    actions: [
      { type: 'TmCommits' },
      { type: 'TmAborts' },
      ...rms.flatMap((rm) => ofRm.map((type) => ({ type, rm }))),
    ],
    label: (action) => ('rm' in action ? `${action.type}(${action.rm})` : action.type),
    step: (s, action) => {
      switch (action.type) {
        case 'TmCommits':
          if (s.tm !== 'init' || !rms.every((rm) => s.tmPrepared[rm])) return false;
          s.tm = 'committed';
          s.commit = true;
          return true;
        case 'TmAborts':
          if (s.tm !== 'init') return false;
          s.tm = 'aborted';
          s.abort = true;
          return true;
        case 'TmReceivesPrepared':
          if (s.tm !== 'init' || !s.prepared[action.rm]) return false;
          s.tmPrepared[action.rm] = true;
          return true;
        case 'RmPrepares':
          if (s.rm[action.rm] !== 'working') return false;
          s.rm[action.rm] = 'prepared';
          s.prepared[action.rm] = true;
          return true;
        case 'RmChoosesToAbort':
          if (s.rm[action.rm] !== 'working') return false;
          s.rm[action.rm] = 'aborted';
          return true;
        case 'RmReceivesCommit':
          if (!s.commit) return false;
          s.rm[action.rm] = 'committed';
          return true;
        case 'RmReceivesAbort':
          if (!s.abort) return false;
          s.rm[action.rm] = 'aborted';
          return true;
      }
    },
    properties: [
      always(
        'no manager commits while another has aborted',
        (s, pair) => {
          const [a = '', b = ''] = pair.split(' ');
          return !(s.rm[a] === 'aborted' && s.rm[b] === 'committed');
        },
        {
          sentence:
            'TCConsistent == \\A rm1, rm2 : ~ (rmState[rm1] = "aborted" /\\ rmState[rm2] = "committed")',
          source: 'tlaplus/Examples TCommit.tla',
          subjects: rms.flatMap((a) => rms.filter((b) => b !== a).map((b) => `${a} ${b}`)),
        },
      ),
      onStep(
        'the transaction manager keeps its decision',
        (before, after) => before.tm === 'init' || after.tm === before.tm,
        {
          sentence: 'TMCommit and TMAbort are enabled in the state init alone',
          source: 'tlaplus/Examples TwoPhase.tla',
        },
      ),
      sometimes('everybody commits', (s) => rms.every((rm) => s.rm[rm] === 'committed'), {
        sentence: 'commit agreement',
        source: 'stateright examples/2pc.rs',
      }),
    ],
  };
}
