import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';

/**
 * Loads BullMQ, which the package does not bring along: of its users few have a queue, and npm warns of a script of its.
 *
 * @throws InputError with the command that installs it
 */
export async function loadBullmq(): Promise<typeof import('bullmq')> {
  try {
    return await import('bullmq');
  } catch (cause) {
    throw new InputError(
      "--queue needs BullMQ beside shim-spec (got no module bullmq): run 'npm install bullmq@6.7.0'",
      exitCode.cannotRun,
      { cause },
    );
  }
}
