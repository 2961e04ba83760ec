import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import * as v1 from '../../wire/proto/gen/cgroups-v1_pb.ts';
import * as v2 from '../../wire/proto/gen/cgroups-v2_pb.ts';
import { type Cgroups, controllerFolderOf, unifiedFolderOf } from './cgroup.ts';
import { metricsV1 } from './metrics-v1.ts';
import { metricsV2 } from './metrics-v2.ts';

/** The metrics of a container's cgroups: the fields that upstream fills in. */
export function metricsOf(cgroups: Cgroups): {
  readonly schema: DescMessage;
  readonly metrics: MessageInitShape<DescMessage>;
} {
  const unified = unifiedFolderOf(cgroups);
  if (unified !== null) return { schema: v2.MetricsSchema, metrics: metricsV2(unified) };
  const folder = (controller: string): string | null =>
    cgroups.has(controller) ? controllerFolderOf(cgroups, controller) : null;
  return { schema: v1.MetricsSchema, metrics: metricsV1(folder) };
}
