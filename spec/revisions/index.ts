import { erased, type Revision } from '../revision.ts';
import { earlyExits } from './early-exits.ts';

/** Every revision, oldest first. */
export const revisions: readonly Revision[] = [erased(earlyExits)];
