import { rowsOf } from '../../conformance/log/breach-groups.ts';
import type { LogBreach } from '../../conformance/log/monitor.ts';
import type { ObservedEvent } from '../../conformance/log/observed.ts';
import { Watch, type WatchOptions, type WatchTotals } from '../../conformance/watch/watch.ts';
import { count } from '../../render/table.ts';
import { exitCode } from '../exit-codes.ts';
import type { MetricsAddress } from '../flags/metrics-address.ts';
import type { Output } from '../flags/output.ts';
import { breachJson, eventJson } from '../formats/validate-json.ts';
import { groupLines, shortener } from '../formats/validate-text.ts';
import { interruption } from '../thread/session.ts';
import { checkAddress } from './address.ts';
import { serveMetrics } from './metrics.ts';

interface WatchRequest extends Pick<WatchOptions, 'address' | 'namespace' | 'revision'> {
  readonly format: 'text' | 'json';
  readonly output: Output;
  /** Where Prometheus finds its metrics; undefined for none. */
  readonly metrics?: MetricsAddress;
}

/** What comes right after a breach belongs to it: a clean-up's delete comes within milliseconds. */
const settleMs = 1_000;

/** `shim-spec watch`: judges a running containerd, until a signal ends it. @returns the exit code; @throws InputError where nothing listens at first */
export async function watchContainerd(request: WatchRequest): Promise<number> {
  await checkAddress(request.address);
  const ended = interruption();
  const pending = new Map<NodeJS.Timeout, LogBreach>();
  const tell = (text: string, json: object): void =>
    request.output.write(request.format === 'json' ? JSON.stringify(json) : text);
  const tellBreach = (breach: LogBreach): void =>
    tell(breachText(breach, request.output), {
      kind: 'breach',
      namespace: breach.namespace,
      container: breach.container,
      ...breachJson(breach),
      events: rowsIn(breach).map(eventJson),
    });
  const onBreach = (breach: LogBreach): void => {
    const timer = setTimeout(() => {
      pending.delete(timer);
      tellBreach(breach);
    }, settleMs);
    pending.set(timer, breach);
    metrics?.countBreach(breach);
  };
  const onGap = (why: string): void => {
    metrics?.countGap();
    tell(`not judged: events may have been missed (${why}); containers that are there are judged anew`, {
      kind: 'gap',
      why,
    });
  };
  const onEvent = (event: ObservedEvent): void => metrics?.countEvent(event);
  const watch = new Watch({ ...request, onEvent, onBreach, onGap });
  const metrics =
    request.metrics && (await serveMetrics(request.metrics, { open_processes: () => watch.openProcesses }));
  const totals = await watch.run(ended);
  metrics?.close();
  for (const [timer, breach] of pending) {
    clearTimeout(timer);
    tellBreach(breach);
  }
  tell(totalsText(totals), { kind: 'end', ...totals });
  return totals.breaches > 0 ? exitCode.rejected : exitCode.holds;
}

const groupOf = (breach: LogBreach): Parameters<typeof rowsOf>[0] => ({
  namespace: breach.namespace,
  container: breach.container,
  breaches: [breach],
});

const rowsIn = (breach: LogBreach): ReturnType<typeof rowsOf> => rowsOf(groupOf(breach));

function breachText(breach: LogBreach, { colors }: Output): string {
  return groupLines(groupOf(breach), shortener(rowsIn(breach)), colors).join('\n');
}

function totalsText({ events, breaches, gaps, unknown }: WatchTotals): string {
  const ofUnknown = unknown > 0 ? `, ${count(unknown)} of unknown types` : '';
  return `${count(events)} events${ofUnknown}, ${count(breaches)} breaches, ${count(gaps)} gaps`;
}
