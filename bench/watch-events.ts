/** Events for benchmarks of `watch`: containers of ten events each, many alive at once. */
import { readdirSync, readFileSync } from 'node:fs';
import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as proto from '../wire/proto/gen/events_pb.ts';
import { type Envelope, EnvelopeSchema } from '../wire/proto/gen/forward_pb.ts';

type Publish = (n: number) => Envelope;

function envelope<D extends DescMessage>(topic: string, schema: D, of: MessageInitShape<D>): Publish {
  const event = { typeUrl: schema.typeName, value: toBinary(schema, create(schema, of)) };
  return (n) => {
    const seconds = BigInt(1_700_000_000 + Math.floor(n / 1_000));
    const timestamp = { seconds, nanos: (n % 1_000) * 1_000_000 };
    return create(EnvelopeSchema, { namespace: 'k8s.io', topic: `/tasks/${topic}`, timestamp, event });
  };
}

/** What a container publishes: itself and two execs. */
function lifeOf(number: number): Publish[] {
  const containerId = number.toString(16).padStart(64, '0');
  const of = { containerId, pid: 5 };
  const exec = (execId: string, pid: number): Publish[] => [
    envelope('exec-added', proto.TaskExecAddedSchema, { containerId, execId }),
    envelope('exec-started', proto.TaskExecStartedSchema, { containerId, execId, pid }),
    envelope('exit', proto.TaskExitSchema, { containerId, id: execId, pid }),
  ];
  return [
    envelope('create', proto.TaskCreateSchema, of),
    envelope('start', proto.TaskStartSchema, of),
    ...exec('a', 6),
    ...exec('b', 7),
    envelope('exit', proto.TaskExitSchema, { ...of, id: containerId }),
    envelope('delete', proto.TaskDeleteSchema, of),
  ];
}

/**
 * The first events of a run that would go on; a container's stand in order.
 *
 * @param first the number of the first container, from which it has its id
 */
export function* lives(events: number, aliveAtOnce = 2_000, first = 0): Generator<Envelope> {
  const alive: Publish[][] = [];
  let made = first;
  for (let n = 0; n < events; n++) {
    while (alive.length < aliveAtOnce) alive.push(lifeOf(made++));
    // A fixed stride mixes the containers in the same way each time.
    const at = (n * 7919) % alive.length;
    const next = alive[at]?.shift();
    if (alive[at]?.length === 0) alive.splice(at, 1);
    if (next) yield next(n);
  }
}

/** What a process has used so far: processor time, that of its busiest thread, and its peak of memory. */
export function usedBy(pid: number): { seconds: number; threadSeconds: number; mib: number } {
  const threads = readdirSync(`/proc/${pid}/task`).map((tid) => secondsOf(`/proc/${pid}/task/${tid}`));
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const seconds = secondsOf(`/proc/${pid}`);
  return { seconds, threadSeconds: Math.max(...threads), mib: Math.round(Number(kib) / 1_024) };
}

function secondsOf(folder: string): number {
  const stat = readFileSync(`${folder}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(stat[11]) + Number(stat[12])) / 100;
}
