/** The actions of a shim's binary, `start` and `delete`, as containerd runs them. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { eventsSocket } from './janitor.ts';
import { outputOf } from './processes.ts';

const startTimeoutMs = 20_000;
const deleteTimeoutMs = 5_000;
const namespace = 'shim-spec';

/** Whose action it is. */
export interface ActionOptions {
  /** The tester's folder, which has the sockets. */
  readonly folder: string;
  /** The container. */
  readonly id: string;
  readonly bundle: string;
  readonly env: NodeJS.ProcessEnv;
}

/** @returns what the action printed @throws Error where it fails, or takes too long */
export async function runAction(
  binary: string,
  action: 'start' | 'delete',
  { folder, id, bundle, env }: ActionOptions,
): Promise<string> {
  const flags = ['-namespace', namespace, '-address', join(folder, 'containerd.sock')];
  const its = ['-publish-binary', '/bin/true', '-id', id];
  const args = [...flags, ...its, ...(action === 'delete' ? ['-bundle', bundle] : []), action];
  const child = spawn(binary, args, {
    cwd: bundle,
    env: { ...env, TTRPC_ADDRESS: eventsSocket(folder), GOMAXPROCS: '2' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    return await outputOf(child, action === 'delete' ? deleteTimeoutMs : startTimeoutMs);
  } catch (cause) {
    throw new Error(`${binary} ${action}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Reads what `start` printed: a bare address, or since containerd 2.0 JSON with version, address and protocol.
 *
 * @throws Error where it is neither, or names another protocol than ttrpc
 */
export function addressIn(printed: string): { address: string; version: number } {
  const text = printed.trim();
  const said = text.startsWith('{')
    ? (JSON.parse(text) as { version?: number; address?: string; protocol?: string })
    : { version: 2, address: text, protocol: 'ttrpc' };
  const address = (said.address ?? '').replace(/^unix:\/\//, '');
  if (!address.startsWith('/') || said.protocol !== 'ttrpc')
    throw new Error(`the shim printed no address of a ttrpc socket (got ${text.slice(0, 200)})`);
  return { address, version: said.version ?? 2 };
}
