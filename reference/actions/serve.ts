import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { TaskOOMSchema } from '../../wire/proto/gen/events_pb.ts';
import { serveTtrpc } from '../../wire/ttrpc/server.ts';
import { writeFresh } from '../container/bundle.ts';
import { endLoggersNow } from '../container/logger.ts';
import { Driver, type TaskEvent } from '../driver/driver.ts';
import { recorder } from '../driver/record.ts';
import { OomWatch } from '../linux/oom.ts';
import { becomeSubreaper } from '../linux/reaper.ts';
import { Publisher } from '../service/publisher.ts';
import { publishEvent } from '../service/task-events.ts';
import { taskServices } from '../service/task-service.ts';
import type { ShimArguments } from './arguments.ts';
import { takeSocket } from './take-socket.ts';

const reportFd = 3;
const drainTimeoutMs = 5_000;
/** Time between looks for zombies that no SIGCHLD told of, in milliseconds. */
const lookEveryMs = 1_000;

/** The action `serve`: serves tasks until Shutdown. Where it cannot, or another process serves already, it ends at once. */
export async function serve(args: ShimArguments): Promise<void> {
  try {
    const isServing = await startToServe(args);
    tellStart(isServing ? 'ready' : 'served');
    if (!isServing) process.exit(0);
    closeSync(reportFd);
  } catch (error) {
    try {
      tellStart((error as Error).message);
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
  const oom = new OomWatch(
    (containerId) => publisher.publish('/tasks/oom', TaskOOMSchema, { containerId }),
    log,
  );
  const publish = (event: TaskEvent): void => {
    if (event.topic === 'exit') oom.look(event.name.id);
    publishEvent(publisher, event);
    if (event.topic === 'start') oom.look(event.name.id);
  };
  const driver = new Driver(
    { publish, end: () => void end(), log },
    recorder(process.env.SHIM_SPEC_RECORD, id),
  );
  const server = serveTtrpc(taskServices({ namespace, publisher, driver, oom }));
  if (!(await takeSocket(server, socket))) return false;
  const look = (): void => driver.look();
  // Later than `spawn` resolves the end of a runc, which the same signal tells of.
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
function tellStart(words: string): void {
  writeSync(reportFd, words);
}

/** Writes lines to containerd's log, a FIFO that it opened. Where that is full or missing, lines are lost; it never blocks. */
function logTo(fifo: string): (line: string) => void {
  let fd: number | null = null;
  return (line) => {
    try {
      fd ??= openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(fd, `time="${new Date().toISOString()}" level=info msg=${JSON.stringify(line)}\n`);
    } catch {
      fd = null;
    }
  };
}
