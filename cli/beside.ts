import { InputError } from './errors.ts';
import { exitCode } from './exit-codes.ts';

/** Packages that stand beside this one: few of its users need them, and npm warns of a script of theirs. */
const versions = { bullmq: '6.7.0', '@grpc/grpc-js': '1.14.7' } as const;

/**
 * Loads BullMQ.
 *
 * @throws InputError with the command that installs it
 */
export function loadBullmq(): Promise<typeof import('bullmq')> {
  return beside('--queue', 'bullmq', () => import('bullmq'));
}

/**
 * Loads gRPC, so that what imports it can be loaded.
 *
 * @throws InputError with the command that installs it
 */
export function loadGrpc(): Promise<typeof import('@grpc/grpc-js')> {
  return beside('watch', '@grpc/grpc-js', () => import('@grpc/grpc-js'));
}

async function beside<T>(user: string, name: keyof typeof versions, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    throw new InputError(
      `${user} needs ${name} beside shim-spec (got no module ${name}): run 'npm install ${name}@${versions[name]}'`,
      exitCode.cannotRun,
      { cause },
    );
  }
}
