import { InputError } from './errors.ts';
import { exitCode } from './exit-codes.ts';

/** BullMQ stands beside this package: few of its users need it, and npm warns of a script of its own. */
const version = '6.7.0';

/**
 * Loads BullMQ.
 *
 * @throws InputError with the command that installs it
 */
export async function loadBullmq(): Promise<typeof import('bullmq')> {
  try {
    return await import('bullmq');
  } catch (cause) {
    throw new InputError(
      `--queue needs bullmq beside shim-spec (got no module bullmq): run 'npm install bullmq@${version}'`,
      exitCode.cannotRun,
      { cause },
    );
  }
}
