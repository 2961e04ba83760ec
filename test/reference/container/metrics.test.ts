import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, type DescMessage, fromBinary, type Message, toJson } from '@bufbuild/protobuf';
import { afterAll, describe, expect, it } from 'vitest';
import { Subject } from '../../../conformance/shim/subject.ts';
import { metricsV2 } from '../../../reference/linux/metrics-v2.ts';
import * as v1 from '../../../wire/proto/gen/cgroups-v1_pb.ts';
import * as v2 from '../../../wire/proto/gen/cgroups-v2_pb.ts';
import * as task from '../../../wire/proto/gen/task_pb.ts';
import { upstreamShim } from '../containerd.ts';
import { shim } from '../gated.ts';
import { busyboxRootfs } from '../rootfs.ts';

const upstream = upstreamShim();
const rootfs = busyboxRootfs();
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-metrics-'));
afterAll(() => {
  for (const each of [rootfs, folder]) rmSync(each, { recursive: true });
});

/** Paths of a message's fields that hold something, with their values; elements of a list have their index. */
function leaves(value: unknown, path = ''): [path: string, value: bigint | string][] {
  if (typeof value === 'bigint' || typeof value === 'string')
    return value === '' || value === 0n ? [] : [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .filter(([name]) => !name.startsWith('$'))
    .flatMap(([name, each]) => leaves(each, `${path}.${name}`));
}

/** Whether any message within has fields that our definition does not have. */
function hasUnknown(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  return '$unknown' in message || Object.values(message).some(hasUnknown);
}

/** The metrics of a container that has read and written, as a shim tells them. */
async function metricsFrom(binary: string): Promise<{ type: string; metrics: Message }> {
  const subject = new Subject(binary, rootfs);
  try {
    await subject.start('c1');
    subject.configure('c1', ({ linux }) => {
      linux.resources = { ...linux.resources, memory: { limit: 64 * 1024 ** 2 }, pids: { limit: 50 } };
    });
    await subject.create('c1');
    await subject.startProcess('c1');
    await subject.exec('c1', 'e1', ['/bin/dd', 'if=/dev/zero', 'of=/dev/null', 'bs=16M', 'count=50']);
    await subject.startProcess('c1', 'e1');
    await subject.wait('c1', 'e1');
    const { ProcessRequestSchema, StatsResponseSchema } = task;
    const { stats } = await subject.call('Stats', ProcessRequestSchema, StatsResponseSchema, { id: 'c1' });
    const schema: DescMessage = stats?.typeUrl.includes('v2') ? v2.MetricsSchema : v1.MetricsSchema;
    return { type: stats?.typeUrl ?? '', metrics: fromBinary(schema, stats?.value ?? new Uint8Array()) };
  } finally {
    await subject.end();
  }
}

/** Counts that are nothing or something by chance. */
const byChance =
  /usage\.(kernel|user)|dirty|writeback|fault|pg|throttled|blkio|failcnt|kernel\.|huge|shmem|perCpu|cache|file|swap\.usage|unevictable|active/i;

describe('Stats', () => {
  it("has upstream's fields, each limit, and counts of the same order", async () => {
    const [theirs, ours] = [await metricsFrom(upstream), await metricsFrom(shim)];
    expect(hasUnknown(theirs.metrics)).toBe(false);
    expect(ours.type).toBe(theirs.type);
    expect(Object.keys(ours.metrics).toSorted()).toEqual(Object.keys(theirs.metrics).toSorted());
    const [expected, got] = [new Map(leaves(theirs.metrics)), new Map(leaves(ours.metrics))];
    const steady = (paths: Iterable<string>): string[] =>
      [...paths].filter((path) => !byChance.test(path)).toSorted();
    expect(steady(got.keys())).toEqual(steady(expected.keys()));
    expect(expected.size).toBeGreaterThan(25);
    for (const [path, value] of expected) {
      const mine = got.get(path);
      if (/limit/i.test(path)) expect(mine, path).toBe(value);
      else if (typeof value === 'bigint' && !byChance.test(path))
        expect(Math.abs(Math.log10(Number(value)) - Math.log10(Number(mine))), path).toBeLessThan(1);
    }
  });
});

/** What a kernel 6.8 has in a cgroup that has all controllers. */
const files: Record<string, string> = {
  'pids.current': '3',
  'pids.max': 'max',
  'cpu.stat':
    'usage_usec 10\nuser_usec 6\nsystem_usec 4\nnr_periods 7\nnr_throttled 2\nthrottled_usec 9\nnr_bursts 1\nburst_usec 5',
  'cpu.pressure':
    'some avg10=1.50 avg60=0.00 avg300=0.00 total=42\nfull avg10=0.00 avg60=0.25 avg300=0.00 total=7',
  'memory.stat': 'anon 4096\nfile 8192\nfile_mapped 1\nworkingset_nodereclaim 3\nthp_collapse_alloc 2',
  'memory.current': '12288',
  'memory.max': '16777216',
  'memory.peak': '20480',
  'memory.swap.max': 'max',
  'memory.events': 'low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 5',
  'io.stat': '254:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n7:1 ',
  'rdma.current': 'mlx4_0 hca_handle=2 hca_object=20',
  'rdma.max': 'mlx4_0 hca_handle=max hca_object=200',
  'hugetlb.2MB.current': '2097152',
  'hugetlb.2MB.max': 'max',
  'hugetlb.2MB.events': 'max 6',
};

describe('metricsV2', () => {
  const max = 2n ** 64n - 1n;

  it('reads each file of a cgroup', () => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), `${text}\n`);
    const metrics = create(v2.MetricsSchema, metricsV2(folder));
    expect(metrics).toMatchObject({
      pids: { current: 3n, limit: max },
      cpu: {
        usageUsec: 10n,
        userUsec: 6n,
        systemUsec: 4n,
        nrPeriods: 7n,
        nrThrottled: 2n,
        throttledUsec: 9n,
      },
      memory: { anon: 4096n, file: 8192n, fileMapped: 1n, workingsetNodereclaim: 3n, thpCollapseAlloc: 2n },
      memoryEvents: { high: 1n, max: 2n, oom: 3n, oomKill: 4n, oomGroupKill: 5n },
      io: { usage: [{ major: 254n, minor: 0n, rbytes: 1n, wbytes: 2n, rios: 3n, wios: 4n }] },
      rdma: { current: [{ device: 'mlx4_0', hcaHandles: 2, hcaObjects: 20 }] },
      hugetlb: [{ pagesize: '2MB', current: 2_097_152n, max, failcnt: 6n }],
    });
    expect(metrics.cpu).toMatchObject({ nrBursts: 1n, burstUsec: 5n });
    expect(metrics.cpu?.psi).toMatchObject({
      some: { avg10: 1.5, total: 42n },
      full: { avg60: 0.25, total: 7n },
    });
    expect(metrics.memory).toMatchObject({ usage: 12_288n, usageLimit: 16_777_216n, maxUsage: 20_480n });
    expect(metrics.memory).toMatchObject({ swapLimit: max, swapUsage: 0n });
    expect(metrics.rdma?.limit).toMatchObject([{ hcaHandles: 0xffff_ffff, hcaObjects: 200 }]);
    expect(metrics.memory?.psi).toBeUndefined();
  });

  it("reads the kernel's own cgroup of v2", () => {
    const mountPoint = '/sys/fs/cgroup';
    const unified = existsSync(join(mountPoint, 'cgroup.controllers'))
      ? mountPoint
      : join(mountPoint, 'unified');
    const cgroup = join(unified, `shim-spec-metrics-${process.pid}`);
    mkdirSync(cgroup);
    try {
      const metrics = create(v2.MetricsSchema, metricsV2(cgroup));
      expect(Object.keys(toJson(v2.MetricsSchema, metrics) as object)).toEqual(
        expect.arrayContaining(['cpu', 'memory', 'pids', 'io', 'rdma']),
      );
      const sizes = readdirSync(cgroup).filter((name) => /^hugetlb\.\w+\.max$/.test(name));
      expect(metrics.hugetlb.map(({ pagesize }) => `hugetlb.${pagesize}.max`)).toEqual(sizes.toSorted());
      expect(metrics.hugetlb.map(({ max: limit }) => limit)).toEqual(sizes.map(() => max));
    } finally {
      rmdirSync(cgroup);
    }
  });

  it('says nothing of a cgroup that is gone', () => {
    const { $typeName: _, ...metrics } = create(v2.MetricsSchema, metricsV2('/sys/fs/cgroup/nowhere'));
    expect(leaves(metrics)).toEqual([]);
  });
});
