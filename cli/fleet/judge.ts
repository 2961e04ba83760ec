import { readPartitions } from '../../conformance/fleet/entries.ts';
import type { TextOf } from '../../conformance/fleet/partition.ts';
import { type FleetReport, readReport } from '../../conformance/fleet/report.ts';
import { type Judged, Worker } from '../../conformance/fleet/worker.ts';
import { rowsOf } from '../../conformance/log/breach-groups.ts';
import { LogJudge } from '../../conformance/log/log-judge.ts';
import { count } from '../../render/table.ts';
import type { Revision } from '../../spec/index.ts';
import { exitCode } from '../exit-codes.ts';
import type { Output } from '../flags/output.ts';
import { breachJson, eventJson } from '../formats/validate-json.ts';
import { groupLines, shortener } from '../formats/validate-text.ts';
import { interruption } from '../thread/session.ts';
import { withRedis } from './redis.ts';

export interface JudgeRequest {
  readonly from: string;
  readonly group: string;
  /** The revision whose behaviours are allowed; null to judge by the rules alone. */
  readonly revision: Revision | null;
  readonly drain: boolean;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** What comes right after a breach belongs to it. */
const settleMs = 1_000;

/** A breach as it stands in Redis: what every format needs. */
interface Kept {
  readonly json: object;
  readonly text: string;
}

/** `shim-spec judge`: judges the events of a fleet, until a signal ends it. @returns the exit code */
export async function judgeFleet(request: JudgeRequest): Promise<number> {
  const judge = request.revision && new LogJudge(request.revision);
  const pending = new Map<string, { timer: NodeJS.Timeout; kept: Kept }>();
  const tell = (id: string): void => {
    const { timer, kept } = pending.get(id) ?? {};
    clearTimeout(timer);
    pending.delete(id);
    if (kept) request.output.write(shown(kept, request.format));
  };
  const onBreach = (id: string, text: string): void => {
    const timer = pending.get(id)?.timer ?? setTimeout(() => tell(id), settleMs);
    pending.set(id, { timer, kept: JSON.parse(text) as Kept });
  };
  const judged = await withRedis(request.from, async (redis) => {
    const partitions = await readPartitions(redis);
    const { group, drain: isDrain } = request;
    return await new Worker(redis, { group, partitions, judge, isDrain, textOf, onBreach }).run(
      interruption(),
    );
  });
  for (const id of [...pending.keys()]) tell(id);
  request.output.write(
    request.format === 'json' ? JSON.stringify({ kind: 'end', ...judged }) : judgedText(judged),
  );
  return judged.breaches > 0 ? exitCode.rejected : exitCode.holds;
}

/** `shim-spec judge --report`: what all workers of a group have found. @returns the exit code */
export async function reportFleet({
  from,
  group,
  format,
  output,
}: Pick<JudgeRequest, 'from' | 'group' | 'format' | 'output'>): Promise<number> {
  const { breaches, report } = await withRedis(
    from,
    async (redis) => await readReport(redis, group, await readPartitions(redis)),
  );
  for (const text of breaches) output.write(shown(JSON.parse(text) as Kept, format));
  output.write(format === 'json' ? JSON.stringify({ kind: 'end', ...report }) : reportText(report));
  if (report.breaches > 0) return exitCode.rejected;
  const isWhole = report.events > 0 && report.unjudged + report.missing + report.unreadable === 0;
  return isWhole ? exitCode.holds : exitCode.unjudged;
}

const textOf: TextOf = (node, breach) => {
  const { namespace, container } = breach;
  const group = { namespace, container, breaches: [breach] };
  const rows = rowsOf(group);
  const ids = { kind: 'breach', node, namespace, container };
  const plain = (text: string): string => text;
  const colors = { bold: plain, red: plain, dim: plain } as Output['colors'];
  const kept: Kept = {
    json: { ...ids, ...breachJson(breach), events: rows.map(eventJson) },
    text: [`${node}:`, ...groupLines(group, shortener(rows), colors)].join('\n'),
  };
  return JSON.stringify(kept);
};

function shown({ json, text }: Kept, format: JudgeRequest['format']): string {
  return format === 'json' ? JSON.stringify(json) : text;
}

function judgedText({ events, breaches }: Judged): string {
  return `${count(events)} events, ${count(breaches)} breaches by this worker`;
}

function reportText(report: FleetReport): string {
  const { events, breaches, rules, gaps, missing, unreadable, notKept, unjudged } = report;
  const left: (readonly [number, string])[] = [
    [gaps, 'times a watcher may have missed events; containers that were there were judged anew'],
    [missing, 'times entries were removed from a stream before they were judged: raise --keep'],
    [unreadable, 'entries that are none of a watcher'],
    [unjudged, 'entries that no worker has judged yet'],
  ];
  return [
    `${count(events)} events, ${count(breaches)} breaches`,
    ...Object.entries(rules).map(([rule, n]) => `  ✗ ${rule}: ${count(n)}`),
    ...(notKept > 0 ? [`  of ${count(notKept)} breaches the events are not kept`] : []),
    ...left.filter(([n]) => n > 0).map(([n, what]) => `not judged: ${count(n)} ${what}`),
  ].join('\n');
}
