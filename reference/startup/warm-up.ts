import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { file_bootstrap } from '../../wire/proto/gen/bootstrap_pb.ts';
import { file_events } from '../../wire/proto/gen/events_pb.ts';
import { file_forward } from '../../wire/proto/gen/forward_pb.ts';
import { file_runc } from '../../wire/proto/gen/runc_pb.ts';
import { file_task, ProcessRequestSchema } from '../../wire/proto/gen/task_pb.ts';
import { file_ttrpc } from '../../wire/proto/gen/ttrpc_pb.ts';
import { TtrpcClient } from '../../wire/ttrpc/client.ts';
import { serveTtrpc } from '../../wire/ttrpc/server.ts';
import { parseArguments } from '../actions/arguments.ts';
import { Driver } from '../driver/driver.ts';
import { OomWatch } from '../linux/oom.ts';
import { Publisher } from '../service/publisher.ts';
import { taskServices } from '../service/task-service.ts';

/**
 * Makes V8 compile what each start runs, before the build takes its snapshot: the codecs of the messages, which protobuf
 * makes at their first use; the reducer's first state; Node's sockets; a call and its answer. It leaves nothing but that.
 *
 * Not done: what calls C functions, since a snapshot holds nothing native.
 */
export async function warmUp(): Promise<void> {
  for (const file of [file_bootstrap, file_events, file_forward, file_runc, file_task, file_ttrpc])
    for (const schema of file.messages) fromBinary(schema, toBinary(schema, create(schema)));
  parseArguments(['-namespace', 'n', '-address', 'a', '-id', 'i', 'start']);
  const folder = mkdtempSync(join(tmpdir(), 'shim-spec-warm-up-'));
  try {
    await connectTo(join(folder, 'socket'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Serves at a socket, and answers Connect there. */
async function connectTo(socket: string): Promise<void> {
  const nothing = (): void => undefined;
  const driver = new Driver({ publish: nothing, lookForOom: nothing, end: nothing, log: nothing }, nothing);
  const publisher = new Publisher('', 'n', nothing);
  const oom = new OomWatch(nothing, nothing);
  const server = serveTtrpc(taskServices({ namespace: 'n', publisher, driver, oom }));
  await once(server.listen(socket), 'listening');
  const client = await TtrpcClient.connect(socket);
  const request = toBinary(ProcessRequestSchema, create(ProcessRequestSchema, { id: 'i' }));
  await client.call('containerd.task.v2.Task', 'Connect', request);
  client.close();
  await once(server.close(), 'close');
}
