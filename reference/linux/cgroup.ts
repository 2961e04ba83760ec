import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import * as v1 from '../../wire/proto/gen/cgroups-v1_pb.ts';
import * as v2 from '../../wire/proto/gen/cgroups-v2_pb.ts';

const mountPoint = '/sys/fs/cgroup';

/** Paths of a process's cgroups: of v1 by controller, of v2 under the empty name. */
export type Cgroups = ReadonlyMap<string, string>;

/** The cgroups of process `pid`; null where it has ended. */
export function cgroupsOf(pid: number): Cgroups | null {
  try {
    const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
    return new Map(
      lines.flatMap((line) => {
        const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
        return controllers.split(',').map((controller) => [controller, path] as const);
      }),
    );
  } catch {
    return null;
  }
}

/** The cgroup that accounts for a container's memory; null where the container has none of its own. */
export function memoryFolderOf(
  cgroups: Cgroups,
): { readonly folder: string; readonly version: 1 | 2 } | null {
  const [v1, v2] = [cgroups.get('memory'), cgroups.get('')];
  if (v1 !== undefined && v1 !== '/') return { folder: join(mountPoint, 'memory', v1), version: 1 };
  return v2 !== undefined && v2 !== '/' ? { folder: join(mountPoint, v2), version: 2 } : null;
}

/** The metrics of a container's cgroups. */
export function stats(cgroups: Cgroups): { schema: DescMessage; metrics: MessageInitShape<DescMessage> } {
  const unified = cgroups.get('');
  if (existsSync(join(mountPoint, 'cgroup.controllers')) && unified !== undefined) {
    return { schema: v2.MetricsSchema, metrics: metricsV2(join(mountPoint, unified)) };
  }
  const folder = (controller: string): string => join(mountPoint, controller, cgroups.get(controller) ?? '');
  return { schema: v1.MetricsSchema, metrics: metricsV1(folder) };
}

function metricsV1(folder: (controller: string) => string): MessageInitShape<typeof v1.MetricsSchema> {
  const memory = folder('memory');
  const cpuacct = folder('cpuacct');
  const table = keyed(readCgroup(memory, 'memory.stat'));
  const cpu = keyed(readCgroup(folder('cpu'), 'cpu.stat'));
  const user = keyed(readCgroup(cpuacct, 'cpuacct.stat'));
  const tick = 10_000_000n; // ns in a clock tick of 100 Hz
  const entry = (prefix: string) => ({
    limit: integer(memory, `${prefix}.limit_in_bytes`),
    usage: integer(memory, `${prefix}.usage_in_bytes`),
    max: integer(memory, `${prefix}.max_usage_in_bytes`),
    failcnt: integer(memory, `${prefix}.failcnt`),
  });
  return {
    pids: { current: integer(folder('pids'), 'pids.current'), limit: integer(folder('pids'), 'pids.max') },
    cpu: {
      usage: {
        total: integer(cpuacct, 'cpuacct.usage'),
        kernel: (user('system') ?? 0n) * tick,
        user: (user('user') ?? 0n) * tick,
        perCpu: readCgroup(cpuacct, 'cpuacct.usage_percpu').split(/\s+/).filter(Boolean).map(BigInt),
      },
      throttling: {
        periods: cpu('nr_periods') ?? 0n,
        throttledPeriods: cpu('nr_throttled') ?? 0n,
        throttledTime: cpu('throttled_time') ?? 0n,
      },
    },
    memory: {
      cache: table('cache') ?? 0n,
      rss: table('rss') ?? 0n,
      mappedFile: table('mapped_file') ?? 0n,
      inactiveFile: table('inactive_file') ?? 0n,
      activeFile: table('active_file') ?? 0n,
      totalInactiveFile: table('total_inactive_file') ?? 0n,
      usage: entry('memory'),
      swap: entry('memory.memsw'),
      kernel: entry('memory.kmem'),
      kernelTcp: entry('memory.kmem.tcp'),
    },
  };
}

function metricsV2(folder: string): MessageInitShape<typeof v2.MetricsSchema> {
  const memory = keyed(readCgroup(folder, 'memory.stat'));
  const cpu = keyed(readCgroup(folder, 'cpu.stat'));
  return {
    pids: { current: integer(folder, 'pids.current'), limit: integer(folder, 'pids.max') },
    cpu: {
      usageUsec: cpu('usage_usec') ?? 0n,
      userUsec: cpu('user_usec') ?? 0n,
      systemUsec: cpu('system_usec') ?? 0n,
      nrPeriods: cpu('nr_periods') ?? 0n,
      nrThrottled: cpu('nr_throttled') ?? 0n,
      throttledUsec: cpu('throttled_usec') ?? 0n,
    },
    memory: {
      anon: memory('anon') ?? 0n,
      file: memory('file') ?? 0n,
      kernelStack: memory('kernel_stack') ?? 0n,
      slab: memory('slab') ?? 0n,
      sock: memory('sock') ?? 0n,
      shmem: memory('shmem') ?? 0n,
      inactiveFile: memory('inactive_file') ?? 0n,
      usage: integer(folder, 'memory.current'),
      usageLimit: integer(folder, 'memory.max'),
      swapUsage: integer(folder, 'memory.swap.current'),
      swapLimit: integer(folder, 'memory.swap.max'),
    },
  };
}

/** The text of a cgroup's file; empty where the kernel has no such file, or the cgroup is gone. */
export function readCgroup(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), 'utf8').trim();
  } catch {
    return '';
  }
}

/** 0 for `max`, which is no limit. */
function integer(folder: string, file: string): bigint {
  const text = readCgroup(folder, file);
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

function keyed(text: string): (key: string) => bigint | undefined {
  const table = new Map(text.split('\n').map((line) => line.split(' ') as [string, string]));
  return (key) => (table.has(key) ? BigInt(table.get(key) ?? 0) : undefined);
}
