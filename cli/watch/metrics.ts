import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Gauge, Registry } from 'prom-client';
import type { LogBreach } from '../../conformance/log/monitor.ts';
import type { ObservedEvent } from '../../conformance/log/observed.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import type { MetricsAddress } from '../flags/metrics-address.ts';

/** What `watch` tells Prometheus. */
export interface WatchMetrics {
  readonly port: number;
  countEvent(event: ObservedEvent): void;
  countBreach(breach: LogBreach): void;
  countGap(): void;
  close(): void;
}

const gaugeHelp = {
  open_processes: 'Processes that have started and not exited',
  waiting_events: 'Events that Redis has not acknowledged',
} as const;

/**
 * Serves `/metrics`.
 *
 * @param gauges are asked at each scrape
 * @throws InputError where the address cannot be used
 */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  gauges: Partial<Record<keyof typeof gaugeHelp, () => number>>,
): Promise<WatchMetrics> {
  const register = new Registry();
  const registers = [register];
  // Prometheus asks once in a while, and an event may take 10 µs in all.
  const counts = new Map<ObservedEvent['topic'], { num: number }>();
  let lagSeconds = 0;
  new Counter({
    ...config('events_total', 'Events of tasks', registers),
    labelNames: ['topic'],
    collect() {
      this.reset();
      for (const [topic, { num }] of counts) this.inc({ topic }, num);
    },
  });
  const breaches = new Counter({
    ...config('breaches_total', 'Rules that were broken', registers),
    labelNames: ['rule', 'level'],
  });
  const gaps = new Counter(config('gaps_total', 'Times when events may have been missed', registers));
  new Gauge({
    ...config('lag_seconds', 'Age of the last event when it came', registers),
    collect() {
      this.set(lagSeconds);
    },
  });
  for (const [name, read] of Object.entries(gauges))
    new Gauge({
      ...config(name, gaugeHelp[name as keyof typeof gaugeHelp], registers),
      collect() {
        this.set(read());
      },
    });
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end('see /metrics\n');
      return;
    }
    void register.metrics().then((text) => {
      response.writeHead(200, { 'content-type': register.contentType }).end(text);
    });
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new InputError(
      `--metrics ${host}:${port} cannot be used (${(cause as NodeJS.ErrnoException).code}): name a free port of this machine`,
      exitCode.usage,
      { cause },
    );
  }
  return {
    port: (server.address() as AddressInfo).port,
    countEvent: ({ topic, timeUs }) => {
      const known = counts.get(topic);
      if (known) known.num++;
      else counts.set(topic, { num: 1 });
      if (timeUs !== null) lagSeconds = Math.max(0, Date.now() / 1_000 - timeUs / 1_000_000);
    },
    countBreach: ({ rule }) => breaches.inc({ rule: rule.name, level: rule.level }),
    countGap: () => gaps.inc(),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function config(
  name: string,
  help: string,
  registers: Registry[],
): { name: string; help: string; registers: Registry[] } {
  return { name: `shim_spec_${name}`, help, registers };
}
