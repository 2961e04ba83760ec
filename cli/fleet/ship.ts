import { randomUUID } from 'node:crypto';
import { readPartitions } from '../../conformance/fleet/entries.ts';
import { StreamWriter } from '../../conformance/fleet/stream-writer.ts';
import type { ObservedEvent } from '../../conformance/log/observed.ts';
import { EnvelopeReader } from '../../conformance/watch/envelope.ts';
import { subscribe } from '../../conformance/watch/subscription.ts';
import { count } from '../../render/table.ts';
import { exitCode } from '../exit-codes.ts';
import type { MetricsAddress } from '../flags/metrics-address.ts';
import type { Output } from '../flags/output.ts';
import { interruption } from '../thread/session.ts';
import { checkAddress } from '../watch/address.ts';
import { serveMetrics } from '../watch/metrics.ts';
import { withRedis } from './redis.ts';

export interface ShipRequest {
  readonly address: string;
  readonly namespace?: string;
  readonly to: string;
  /** The name of this machine among those of the fleet. */
  readonly node: string;
  readonly keep: number;
  readonly format: 'text' | 'json';
  readonly output: Output;
  readonly metrics?: MetricsAddress;
}

/** How long what still waits is written once a signal has come. */
const lastMs = 5_000;

/** `shim-spec watch --to`: brings the events of a running containerd to Redis, until a signal ends it. @returns the exit code */
export async function shipEvents(request: ShipRequest): Promise<number> {
  const { address, namespace, node, keep, format, output } = request;
  await checkAddress(address);
  const ended = interruption();
  const totals = { events: 0, unknown: 0, gaps: 0 };
  const tell = (text: string, json: object): void =>
    output.write(format === 'json' ? JSON.stringify(json) : text);
  return await withRedis(request.to, async (redis) => {
    const writer = new StreamWriter(redis, {
      node,
      keep,
      run: randomUUID(),
      partitions: await readPartitions(redis),
    });
    const metrics =
      request.metrics && (await serveMetrics(request.metrics, { waiting_events: () => writer.waiting }));
    writer.addGap('a watcher began');
    // Where one of them fails, the other one ends, too.
    const failed = new AbortController();
    const both = AbortSignal.any([ended, failed.signal]);
    const written = writer.run(both, lastMs).catch((error: unknown) => {
      failed.abort();
      throw error;
    });
    const take = (event: ObservedEvent | 'unknown' | null): void => {
      if (event === null) return;
      totals.events++;
      if (event === 'unknown') {
        totals.unknown++;
        return;
      }
      metrics?.countEvent(event);
      writer.add(event);
    };
    const filters = namespace === undefined ? [] : [`namespace==${namespace}`];
    const onGap = (why: string): void => {
      totals.gaps++;
      metrics?.countGap();
      writer.addGap(why);
      tell(`events may have been missed (${why})`, { kind: 'gap', why });
    };
    const reader = new EnvelopeReader();
    const onEnvelope = (data: Buffer, from: number, to: number): void =>
      take(reader.read(data, from, to, ''));
    await subscribe(address, filters, { onEnvelope, onGap }, both);
    await written;
    metrics?.close();
    const { dropped, waiting } = writer;
    const lost = dropped + waiting;
    const text = `${count(totals.events)} events, ${count(totals.gaps)} gaps`;
    tell(lost > 0 ? `${text}; ${count(lost)} were not written, because Redis was away` : text, {
      kind: 'end',
      ...totals,
      dropped,
      unwritten: waiting,
    });
    return lost > 0 ? exitCode.unjudged : exitCode.holds;
  });
}
