import * as events from '../../wire/proto/gen/events_pb.ts';
import type { TaskEvent } from '../driver/driver.ts';
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
    case 'delete':
      publisher.publish('/tasks/delete', events.TaskDeleteSchema, {
        containerId,
        pid,
        ...exitFields(process),
      });
      return;
  }
}
