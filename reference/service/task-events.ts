import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import * as events from '../../wire/proto/gen/events_pb.ts';
import { DeleteResponseSchema } from '../../wire/proto/gen/task_pb.ts';
import { exitFile, writeFresh } from '../container/bundle.ts';
import type { TaskEvent } from '../driver/driver.ts';
import type { Log } from '../linux/log.ts';
import { exitFields, stdioFields } from './messages.ts';
import type { Publisher } from './publisher.ts';

/** Publishes an event of the reducer as containerd's message. */
export function publishEvent(
  publisher: Publisher,
  { topic, name, pid, container, process }: TaskEvent,
): void {
  const { id: containerId, execId } = name;
  switch (topic) {
    case 'create':
      publisher.publish('/tasks/create', events.TaskCreateSchema, {
        containerId,
        bundle: container?.bundle ?? '',
        rootfs: [...(container?.rootfs ?? [])],
        io: process ? stdioFields(process.stdio) : {},
        pid,
      });
      return;
    case 'start':
      publisher.publish('/tasks/start', events.TaskStartSchema, { containerId, pid });
      return;
    case 'exec-added':
      publisher.publish('/tasks/exec-added', events.TaskExecAddedSchema, { containerId, execId });
      return;
    case 'exec-started':
      publisher.publish('/tasks/exec-started', events.TaskExecStartedSchema, {
        containerId,
        execId,
        pid,
      });
      return;
    case 'exit':
      publisher.publish('/tasks/exit', events.TaskExitSchema, {
        containerId,
        id: execId || containerId,
        pid,
        ...exitFields(process),
      });
      return;
    case 'oom':
      publisher.publish('/tasks/oom', events.TaskOOMSchema, { containerId });
      return;
    case 'delete':
      publisher.publish('/tasks/delete', events.TaskDeleteSchema, {
        containerId,
        pid,
        ...exitFields(process),
      });
      return;
  }
}

/**
 * Keeps an init's exit for the action `delete`, before it is published: if the shim dies, containerd publishes the exit once
 * more, with what `delete` answers.
 */
export function keepExit({ name, pid, container, process }: TaskEvent, log: Log): void {
  if (!container || name.execId !== '') return;
  const response = create(DeleteResponseSchema, { pid, ...exitFields(process) });
  try {
    writeFresh(join(container.bundle, exitFile), toBinary(DeleteResponseSchema, response));
  } catch (error) {
    log(`the exit of ${name.id} cannot be kept: ${(error as Error).message}`, 'warning');
  }
}
