/** The actions of a shim's binary, `start` and `delete`, as containerd runs them. */
import { join } from 'node:path';
import {
  type StartAnswer,
  type StartInput,
  startAnswerIn,
  startExpectations,
  startInputFor,
  startInputs,
} from './bootstrap.ts';
import { eventsSocket } from './janitor.ts';
import { OutputTimeout, outputOf } from './processes.ts';

const startTimeoutMs = 20_000;
const deleteTimeoutMs = 5_000;
const namespace = 'shim-spec';
const publisher = '/bin/true';

/** Whose action it is. */
export interface ActionOptions {
  /** The tester's folder, which has the sockets. */
  readonly folder: string;
  /** The container. */
  readonly id: string;
  readonly bundle: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How a shim was started, and what it answered. */
export interface Started extends StartAnswer {
  readonly input: StartInput;
}

/** A shim did not start, whatever it got on standard input. */
export class StartRefusal extends Error {
  override readonly name = 'StartRefusal';

  /** @param attempts what was sent, and what came of it */
  constructor(attempts: readonly { readonly input: StartInput; readonly error: Error }[]) {
    const lines = attempts.map(({ input, error }) => `sent ${input} on standard input: ${error.message}`);
    super([...lines, ...startExpectations].map((line) => `  ${line}`).join('\n'), {
      cause: attempts[0]?.error,
    });
  }
}

/**
 * Runs the action `start`.
 *
 * @param inputs what it gets on standard input; one after the other, until the shim answers
 * @throws StartRefusal where it never does
 */
export async function startShim(
  binary: string,
  options: ActionOptions,
  inputs: readonly StartInput[] = startInputs,
): Promise<Started> {
  const attempts: { input: StartInput; error: Error }[] = [];
  for (const input of inputs) {
    try {
      return { ...startAnswerIn(await runStart(binary, options, input)), input };
    } catch (error) {
      attempts.push({ input, error: error as Error });
      // It hangs whatever it gets.
      if (error instanceof OutputTimeout) break;
    }
  }
  throw new StartRefusal(attempts);
}

function runStart(binary: string, options: ActionOptions, input: StartInput): Promise<Buffer> {
  const { id, folder, bundle, env } = options;
  return outputOf(binary, [...flagsOf(options), 'start'], {
    cwd: bundle,
    env: environmentOf(folder, env),
    input: startInputFor(input, {
      namespace,
      id,
      grpcAddress: grpcSocket(folder),
      ttrpcAddress: eventsSocket(folder),
      binary: publisher,
    }),
    timeoutMs: startTimeoutMs,
  });
}

/** Runs the action `delete`. @returns what it printed @throws Error where it fails, or takes too long */
export function runDelete(binary: string, options: ActionOptions): Promise<Buffer> {
  const { bundle, folder, env } = options;
  return outputOf(binary, [...flagsOf(options), '-bundle', bundle, 'delete'], {
    cwd: bundle,
    env: environmentOf(folder, env),
    timeoutMs: deleteTimeoutMs,
    result: 'stdout',
  });
}

function flagsOf({ folder, id }: ActionOptions): string[] {
  const addresses = ['-address', grpcSocket(folder), '-publish-binary', publisher];
  return ['-namespace', namespace, ...addresses, '-id', id];
}

function environmentOf(folder: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...env,
    TTRPC_ADDRESS: eventsSocket(folder),
    GRPC_ADDRESS: grpcSocket(folder),
    NAMESPACE: namespace,
    MAX_SHIM_VERSION: '2',
    GOMAXPROCS: '2',
  };
}

function grpcSocket(folder: string): string {
  return join(folder, 'containerd.sock');
}
