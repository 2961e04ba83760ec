import { containerOf, type Event } from '../../spec/index.ts';
import * as events from '../../wire/proto/gen/events_pb.ts';
import type { Task } from '../driver/tasks.ts';
import { endOf, execIdOf } from './messages.ts';
import type { Publisher } from './publisher.ts';

/** Sends an event of the reducer to containerd, in containerd's words. */
export function publishEvent(
  publisher: Pick<Publisher, 'publish'>,
  task: Task | undefined,
  { topic, process, pid }: Event,
): void {
  const containerId = containerOf(process);
  const known = task?.processes.get(process);
  const execId = execIdOf(process);
  switch (topic) {
    case 'create': {
      const { stdin = '', stdout = '', stderr = '', terminal = false } = known?.stdio ?? {};
      const io = { stdin, stdout, stderr, terminal };
      publisher.publish('/tasks/create', events.TaskCreateSchema, {
        containerId,
        bundle: task?.bundle ?? '',
        rootfs: [...(task?.rootfs ?? [])],
        io,
        pid,
      });
      return;
    }
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
        ...endOf(known),
      });
      return;
    case 'delete':
      publisher.publish('/tasks/delete', events.TaskDeleteSchema, {
        containerId,
        pid,
        ...endOf(known),
      });
      return;
  }
}
