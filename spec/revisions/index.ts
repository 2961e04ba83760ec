import { distinct, erased, type Revision } from '../revision.ts';
import { bigLock } from './big-lock.ts';
import { deferInitOnly } from './defer-init-only.ts';
import { earlyExits } from './early-exits.ts';
import { mainRevision } from './main.ts';
import { muLockedRevision } from './mu-locked.ts';
import { pendingExecsRevision } from './pending-execs.ts';
import { proposed } from './proposed.ts';
import { runningExecsRevision } from './running-execs.ts';

/** Every revision, oldest first. */
export const revisions: readonly Revision[] = distinct([
  erased(bigLock),
  erased(earlyExits),
  erased(muLockedRevision),
  erased(pendingExecsRevision),
  erased(deferInitOnly),
  erased(runningExecsRevision),
  erased(mainRevision),
  erased(proposed),
]);
