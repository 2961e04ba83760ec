import { existsSync, mkdirSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { closeStreams } from '../container/container.ts';
import type { Driver } from '../driver/driver.ts';
import type { Log } from '../linux/log.ts';

/** How long nobody may have asked, in milliseconds. containerd connects within seconds after `start`. */
const patienceMs = 30_000;
const lookEveryMs = 1_000;

/**
 * Ends the shim once nobody will ask for it: no client is connected for half a minute, and there is no task that a
 * containerd could find. It finds tasks by their bundles.
 *
 * Why: a containerd that died while it started a shim never tells it to shut down. A task that runs is left alone, and so is
 * any that has its bundle: a containerd that comes back asks for it.
 */
export function endWhenAbandoned(
  server: Server & { readonly connections: ReadonlySet<Socket> },
  driver: Driver,
  log: Log,
): void {
  let since = performance.now();
  const isAbandoned = (): boolean => server.connections.size === 0 && isForgotten(driver);
  setInterval(() => {
    if (!isAbandoned()) since = performance.now();
    if (performance.now() - since < patienceMs) return;
    log(`nobody has asked for ${patienceMs} ms, and no bundle is left: the shim ends`, 'warning');
    // Where that fails, it is tried again as late.
    since = performance.now();
    void deleteAll(driver)
      .then(() => driver.shutdown())
      .catch(({ message }: Error) => log(`what is left cannot be deleted: ${message}`, 'warning'));
  }, lookEveryMs).unref();
  server.on('connection', () => {
    since = performance.now();
  });
}

/** Whether nothing runs, and no containerd can find what is there. */
function isForgotten(driver: Driver): boolean {
  return [...driver.containers.values()].every(
    ({ id, bundle }) =>
      ['created', 'stopped'].includes(driver.stateOf({ id, execId: '' })) && !existsSync(bundle),
  );
}

/**
 * Deletes what is left. A bundle is there meanwhile, since runc writes its log into it.
 *
 * @throws Error where runc fails, or the bundle is there again
 */
async function deleteAll(driver: Driver): Promise<void> {
  for (const { id, bundle, processes } of [...driver.containers.values()]) {
    const init = { id, execId: '' };
    mkdirSync(dirname(bundle), { recursive: true, mode: 0o711 });
    mkdirSync(bundle, { mode: 0o700 });
    try {
      if (driver.stateOf(init) === 'created')
        await driver.call('kill', init, { signal: constants.signals.SIGKILL });
      await driver.wait(init, new AbortController().signal);
      const { error } = await driver.call('delete', init, {});
      if (error) throw error;
    } finally {
      rmSync(bundle, { recursive: true, force: true });
    }
    for (const process of processes.values()) closeStreams(process);
  }
}
