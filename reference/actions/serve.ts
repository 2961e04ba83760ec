import { appendFileSync, closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { containerOf, type Dispatched } from '../../spec/index.ts';
import { TaskOOMSchema } from '../../wire/proto/gen/events_pb.ts';
import { serveTtrpc } from '../../wire/ttrpc/server.ts';
import { writeFresh } from '../container/bundle.ts';
import { endLoggersNow } from '../container/logger.ts';
import { Driver } from '../driver/driver.ts';
import { OomWatch } from '../linux/oom.ts';
import { becomeSubreaper } from '../linux/reaper.ts';
import { Publisher } from '../service/publisher.ts';
import { publishEvent } from '../service/task-events.ts';
import { TaskService } from '../service/task-service.ts';
import type { ShimArguments } from './arguments.ts';
import { listen } from './listen.ts';

const reportFd = 3;
const drainTimeoutMs = 5_000;
/** Between looks for zombies that no SIGCHLD told of, in milliseconds. */
const lookEveryMs = 1_000;

/** The action `serve`: serves tasks until Shutdown. Where it cannot, or another process serves already, it ends at once. */
export async function serve(args: ShimArguments): Promise<void> {
  try {
    const isServing = await startToServe(args);
    report(isServing ? 'ready' : 'served');
    if (!isServing) process.exit(0);
    closeSync(reportFd);
  } catch (error) {
    try {
      report((error as Error).message);
    } finally {
      // The action `start` may be gone, and a server keeps Node running.
      process.exit(1);
    }
  }
}

/** @returns false where another process serves already */
async function startToServe({ namespace, id, bundle, socket }: ShimArguments): Promise<boolean> {
  const log = logTo(join(bundle, 'log'));
  becomeSubreaper();
  const publisher = new Publisher(process.env.TTRPC_ADDRESS ?? '', namespace, log);
  const driver: Driver = new Driver(
    {
      publish: (event) => publishEvent(publisher, driver.tasks.get(containerOf(event.process)), event),
      end: () => void end(),
      log,
    },
    recordTo(process.env.SHIM_SPEC_RECORD, id),
  );
  const oom = new OomWatch(
    (containerId) => publisher.publish('/tasks/oom', TaskOOMSchema, { containerId }),
    log,
  );
  const service = new TaskService({ namespace, publisher, driver, oom });
  const server = serveTtrpc(service.services());
  if (!(await listen(server, socket))) return false;
  const look = (): void => {
    oom.look();
    driver.look();
  };
  // After what follows from the end of a runc, which is told by the same signal.
  process.on('SIGCHLD', () => setImmediate(look));
  setInterval(look, lookEveryMs).unref();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGPIPE', 'SIGHUP'] as const)
    process.on(signal, () => log(`${signal} is ignored`));
  process.on('uncaughtException', (error) => log(`a bug of the shim: ${error.stack}`));
  process.on('unhandledRejection', (error) => log(`a bug of the shim: ${(error as Error).stack}`));
  writeFresh(join(bundle, 'shim.pid'), String(process.pid));
  return true;

  async function end(): Promise<void> {
    server.close(); // It removes the socket, too.
    await Promise.all([publisher.drain(drainTimeoutMs), endLoggersNow()]);
    // The answer to Shutdown is written in this turn of the event loop, or was before.
    setImmediate(() => process.exit(0));
  }
}

/** Tells the action `start` how it went: `ready`, `served`, or why it failed. */
function report(words: string): void {
  writeSync(reportFd, words);
}

/** Lines for containerd's log, through the FIFO that it opened; a full or missing one loses lines, never time. */
function logTo(fifo: string): (line: string) => void {
  let fd: number | null = null;
  return (line) => {
    try {
      fd ??= openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
      const entry = { time: new Date().toISOString(), level: 'info', msg: line };
      writeSync(fd, `time="${entry.time}" level=info msg=${JSON.stringify(entry.msg)}\n`);
    } catch {
      fd = null;
    }
  };
}

/** Writes every action as a line of JSON, for `shim-spec validate`, where a folder is named. */
function recordTo(folder: string | undefined, id: string): ((action: Dispatched) => void) | undefined {
  if (!folder) return undefined;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${id}.ndjson`);
  return (action) => appendFileSync(file, `${JSON.stringify(action)}\n`, { mode: 0o600 });
}
