import type { MessageInitShape } from '@bufbuild/protobuf';
import * as v2 from '../../wire/proto/gen/cgroups-v2_pb.ts';
import { hugePageSizes, integer, integerIn, numbersFrom, rdmaIn, tableIn, wordsIn } from './cgroup-files.ts';

type Metrics = MessageInitShape<typeof v2.MetricsSchema>;
type Pressure = MessageInitShape<typeof v2.PSIStatsSchema>;

/** Upstream's number for no limit in cgroup v2. */
const unlimited = 2n ** 64n - 1n;
const none: ReadonlyMap<string, bigint> = new Map();

/**
 * The metrics of a container's cgroup of v2.
 *
 * @source https://github.com/containerd/cgroups/blob/v3.1.3/cgroup2/manager.go
 */
export function metricsV2(folder: string): Metrics {
  const number = (file: string): bigint => integerIn(folder, file, unlimited);
  const pressure = (file: string): { psi?: Pressure } => pressureIn(folder, file);
  const events = tableIn(folder, 'memory.events');
  return {
    pids: { current: number('pids.current'), limit: number('pids.max') },
    cpu: {
      ...numbersFrom(v2.CPUStatSchema, tableIn(folder, 'cpu.stat') ?? none),
      ...pressure('cpu.pressure'),
    },
    memory: {
      ...numbersFrom(v2.MemoryStatSchema, tableIn(folder, 'memory.stat') ?? none),
      usage: number('memory.current'),
      usageLimit: number('memory.max'),
      maxUsage: number('memory.peak'),
      swapUsage: number('memory.swap.current'),
      swapLimit: number('memory.swap.max'),
      swapMaxUsage: number('memory.swap.peak'),
      ...pressure('memory.pressure'),
    },
    ...(events ? { memoryEvents: numbersFrom(v2.MemoryEventsSchema, events) } : {}),
    io: { usage: blockDevices(folder), ...pressure('io.pressure') },
    rdma: { current: rdmaIn(folder, 'rdma.current'), limit: rdmaIn(folder, 'rdma.max') },
    hugetlb: hugePageSizes(folder).map((pagesize) => ({
      pagesize,
      current: number(`hugetlb.${pagesize}.current`),
      max: number(`hugetlb.${pagesize}.max`),
      failcnt: tableIn(folder, `hugetlb.${pagesize}.events`)?.get('max') ?? 0n,
    })),
  };
}

/** A line for each device: `MAJOR:MINOR rbytes=N wbytes=N …`. */
function blockDevices(folder: string): MessageInitShape<typeof v2.IOEntrySchema>[] {
  return wordsIn(folder, 'io.stat')
    .filter((words) => words.length > 1)
    .map(([numbers = '', ...pairs]) => {
      const [major, minor] = numbers.split(':');
      return {
        ...numbersFrom(v2.IOEntrySchema, new Map(pairs.map(pairOf).map(([key, n]) => [key, integer(n)]))),
        major: integer(major),
        minor: integer(minor),
      };
    });
}

/** Lines `some` and `full`, each `avg10=F avg60=F avg300=F total=N`; none where the kernel does not account for it. */
function pressureIn(folder: string, file: string): { psi?: Pressure } {
  const lines = wordsIn(folder, file).map(([kind = '', ...pairs]) => {
    const of = new Map(pairs.map(pairOf));
    const average = (key: string): number => Number(of.get(key) ?? 0);
    return [
      kind,
      {
        avg10: average('avg10'),
        avg60: average('avg60'),
        avg300: average('avg300'),
        total: integer(of.get('total')),
      },
    ] as const;
  });
  return lines.length > 0 ? { psi: Object.fromEntries(lines) } : {};
}

function pairOf(word: string): [key: string, value: string] {
  const [key = '', value = ''] = word.split('=');
  return [key, value];
}
