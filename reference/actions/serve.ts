import { join } from 'node:path';
import { serveTtrpc } from '../../wire/ttrpc/server.ts';
import { writeFresh } from '../container/bundle.ts';
import { endLoggersNow } from '../container/logger.ts';
import { Driver, type TaskEvent } from '../driver/driver.ts';
import { recorder } from '../driver/record.ts';
import { type Log, levels, logTo } from '../linux/log.ts';
import { OomWatch } from '../linux/oom.ts';
import { becomeSubreaper } from '../linux/reaper.ts';
import { endWhenAbandoned } from '../service/abandonment.ts';
import { Publisher } from '../service/publisher.ts';
import { keepExit, publishEvent } from '../service/task-events.ts';
import { taskServices } from '../service/task-service.ts';
import { giveBackMemory } from '../startup/memory.ts';
import { takeSocket } from './take-socket.ts';

const drainTimeoutMs = 5_000;
/** Time between looks for zombies that no SIGCHLD told of, in milliseconds. */
const lookEveryMs = 1_000;
/** The first container has mostly begun by then, in milliseconds. */
const settledAfterMs = 1_000;

/** Where and as what a process serves. */
export interface ServeOptions {
  readonly namespace: string;
  /** The group's first container. */
  readonly id: string;
  readonly bundle: string;
  /** The path to listen at. */
  readonly socket: string;
  /** containerd's socket for events; empty for none. */
  readonly eventsAddress: string;
  /** The least level that is logged, in containerd's numbers. */
  readonly logLevel: number;
}

/** Serves tasks until Shutdown, and ends the process then. @returns once it listens; false where another process does */
export async function serve(options: ServeOptions): Promise<boolean> {
  const { namespace, id, bundle, socket, eventsAddress, logLevel } = options;
  const log = logTo(join(bundle, 'log'), logLevel);
  becomeSubreaper();
  const publisher = new Publisher(eventsAddress, namespace, log);
  const oom = new OomWatch((container) => driver.outOfMemory(container), log);
  const publish = (event: TaskEvent): void => {
    if (event.topic === 'exit') keepExit(event, log);
    publishEvent(publisher, event);
  };
  const lookForOom = (container: string): void => oom.look(container);
  const record = recorder(process.env.SHIM_SPEC_RECORD, id);
  const driver: Driver = new Driver({ publish, lookForOom, end: () => void end(), log }, (action) => {
    record(action);
    if (logLevel <= levels.debug) log(JSON.stringify(action), 'debug');
  });
  const server = serveTtrpc(taskServices({ namespace, publisher, driver, oom }));
  if (!(await takeSocket(server, socket))) return false;
  const look = (): void => driver.look();
  // Later than `spawn` resolves the end of a runc, which the same signal tells of.
  process.on('SIGCHLD', () => setImmediate(look));
  setInterval(look, lookEveryMs).unref();
  setTimeout(giveBackMemory, settledAfterMs).unref();
  endWhenAbandoned(server, driver, log);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGPIPE', 'SIGHUP'] as const)
    process.on(signal, () => log(`${signal} is ignored`));
  process.on('SIGUSR1', () => dump(log, driver, publisher));
  for (const bug of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(bug, (error: unknown) => log(`a bug of the shim: ${(error as Error).stack}`, 'error'));
  writeFresh(join(bundle, 'shim.pid'), String(process.pid));
  return true;

  async function end(): Promise<void> {
    server.close(); // It removes the socket, too.
    await Promise.all([publisher.drain(drainTimeoutMs), endLoggersNow()]);
    // The answer to Shutdown is written in this turn of the event loop, or was before.
    setImmediate(() => process.exit(0));
  }
}

/** As upstream does with its goroutines. */
function dump(log: Log, driver: Driver, publisher: Publisher): void {
  log(`=== BEGIN dump of pid ${process.pid}, Node ${process.version} ===`);
  for (const line of driver.tables()) log(line);
  log(`events that wait for containerd: ${publisher.waiting}`);
  log('=== END dump ===');
}
