import { readFileSync } from 'node:fs';
import type { MessageInitShape } from '@bufbuild/protobuf';
import * as v1 from '../../wire/proto/gen/cgroups-v1_pb.ts';
import {
  hugePageSizes,
  integer,
  integerIn,
  numbersFrom,
  rdmaIn,
  readCgroup,
  tableIn,
  wordsIn,
} from './cgroup-files.ts';

type Metrics = MessageInitShape<typeof v1.MetricsSchema>;

/** Nanoseconds in a clock tick of 100 Hz. */
const tick = 10_000_000n;
/** Upstream's number for no limit in cgroup v1. */
const unlimited = 0n;

/**
 * The metrics of a container's cgroups of v1.
 *
 * @param folderOf the folder of a controller's cgroup; null for a controller that the machine does not have
 * @source https://github.com/containerd/cgroups/tree/v3.1.3/cgroup1
 */
export function metricsV1(folderOf: (controller: string) => string | null): Metrics {
  const of = <T>(controller: string, metrics: (folder: string) => T): T | undefined => {
    const folder = folderOf(controller);
    return folder === null ? undefined : metrics(folder);
  };
  const defined = {
    pids: of('pids', pids),
    cpu: cpu(folderOf('cpu') ?? '/', folderOf('cpuacct') ?? '/'),
    ...of('memory', memory),
    blkio: of('blkio', blockDevices),
    hugetlb: of('hugetlb', hugePages),
    rdma: of('rdma', rdma),
  };
  return Object.fromEntries(Object.entries(defined).filter(([, value]) => value !== undefined));
}

const pids = (folder: string): Metrics['pids'] => ({
  current: integerIn(folder, 'pids.current', unlimited),
  limit: integerIn(folder, 'pids.max', unlimited),
});

function cpu(cpuFolder: string, accounting: string): Metrics['cpu'] {
  const throttled = tableIn(cpuFolder, 'cpu.stat');
  const used = tableIn(accounting, 'cpuacct.stat');
  return {
    usage: {
      total: integerIn(accounting, 'cpuacct.usage', unlimited),
      kernel: (used?.get('system') ?? 0n) * tick,
      user: (used?.get('user') ?? 0n) * tick,
      perCpu: readCgroup(accounting, 'cpuacct.usage_percpu').split(/\s+/).filter(Boolean).map(integer),
    },
    throttling: {
      periods: throttled?.get('nr_periods') ?? 0n,
      throttledPeriods: throttled?.get('nr_throttled') ?? 0n,
      throttledTime: throttled?.get('throttled_time') ?? 0n,
    },
  };
}

/** Nothing where the cgroup is gone. */
function memory(folder: string): Pick<Metrics, 'memory' | 'memoryOomControl'> {
  const table = tableIn(folder, 'memory.stat');
  if (table === null) return {};
  const entry = (prefix: string) => ({
    limit: integerIn(folder, `${prefix}.limit_in_bytes`, unlimited),
    usage: integerIn(folder, `${prefix}.usage_in_bytes`, unlimited),
    max: integerIn(folder, `${prefix}.max_usage_in_bytes`, unlimited),
    failcnt: integerIn(folder, `${prefix}.failcnt`, unlimited),
  });
  return {
    memory: {
      ...numbersFrom(v1.MemoryStatSchema, table, memoryKey),
      usage: entry('memory'),
      swap: entry('memory.memsw'),
      kernel: entry('memory.kmem'),
      kernelTcp: entry('memory.kmem.tcp'),
    },
    memoryOomControl: numbersFrom(
      v1.MemoryOomControlSchema,
      tableIn(folder, 'memory.oom_control') ?? new Map(),
    ),
  };
}

/** A field's name in memory.stat. */
function memoryKey(field: string): string {
  return field
    .replace('pg_pg_', 'pgpg')
    .replace('pg_maj_fault', 'pgmajfault')
    .replace('pg_fault', 'pgfault')
    .replace('hierarchical_swap_limit', 'hierarchical_memsw_limit');
}

/** The files that count for each field: of the CFQ scheduler, which old kernels have. */
const cfq = {
  ioServiceBytesRecursive: 'io_service_bytes_recursive',
  ioServicedRecursive: 'io_serviced_recursive',
  ioQueuedRecursive: 'io_queued_recursive',
  ioServiceTimeRecursive: 'io_service_time_recursive',
  ioWaitTimeRecursive: 'io_wait_time_recursive',
  ioMergedRecursive: 'io_merged_recursive',
  ioTimeRecursive: 'time_recursive',
  sectorsRecursive: 'sectors_recursive',
};
/** What any kernel has. */
const throttle = {
  ioServiceBytesRecursive: 'throttle.io_service_bytes',
  ioServicedRecursive: 'throttle.io_serviced',
};

function blockDevices(folder: string): Metrics['blkio'] {
  const devices = deviceNames();
  const counted = (files: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries(files).map(([field, file]) => [field, deviceCounts(folder, `blkio.${file}`, devices)]),
    );
  const byCfq = counted(cfq);
  return Object.values(byCfq).some((entries) => entries.length > 0) ? byCfq : counted(throttle);
}

function deviceCounts(
  folder: string,
  file: string,
  devices: ReadonlyMap<string, string>,
): MessageInitShape<typeof v1.BlkIOEntrySchema>[] {
  return wordsIn(folder, file)
    .filter(([numbers]) => numbers?.includes(':'))
    .map(([numbers = '', ...words]) => {
      const [major, minor] = numbers.split(':');
      const [op, value] = words.length > 1 ? words : ['', words[0]];
      return {
        device: devices.get(numbers) ?? '',
        major: integer(major),
        minor: integer(minor),
        op: op ?? '',
        value: integer(value),
      };
    });
}

/** Devices by `MAJOR:MINOR`. */
function deviceNames(): ReadonlyMap<string, string> {
  const lines = readFileSync('/proc/partitions', 'utf8').trim().split('\n').slice(2);
  return new Map(
    lines.map((line) => {
      const [major, minor, , name] = line.trim().split(/\s+/);
      return [`${major}:${minor}`, `/dev/${name}`];
    }),
  );
}

function hugePages(folder: string): Metrics['hugetlb'] {
  return hugePageSizes(folder).map((pagesize) => ({
    pagesize,
    usage: integerIn(folder, `hugetlb.${pagesize}.usage_in_bytes`, unlimited),
    max: integerIn(folder, `hugetlb.${pagesize}.max_usage_in_bytes`, unlimited),
    failcnt: integerIn(folder, `hugetlb.${pagesize}.failcnt`, unlimited),
  }));
}

const rdma = (folder: string): Metrics['rdma'] => ({
  current: rdmaIn(folder, 'rdma.current'),
  limit: rdmaIn(folder, 'rdma.max'),
});
