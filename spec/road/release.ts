/**
 * What stands around the algorithm in the release that a revision is from, and changes with other commits than the
 * algorithm does.
 *
 * @module
 */
import type { ChannelKind } from './channel-slice.ts';
import type { OomKind } from './oom.ts';

/** The parts of a shim that `spec/road` has. */
export interface Release {
  /** What Shutdown does to the queue of events. */
  readonly channel: ChannelKind;
  /** Who tells that a container ran out of memory. */
  readonly oom: OomKind;
  /** Whether `delete`, run after the shim's death, knows what was published of an init's exit. */
  readonly recordsExits: boolean;
}

/** containerd up to 1.7. */
export const olderRelease: Release = { channel: 'closes', oom: 'watched since Start', recordsExits: false };

/** containerd since 2.3.0: 1dcd765fa for the channel, 842cb99a5 (2.2.0) and 8ac7e3c06 for the watchers. */
export const newerRelease: Release = { channel: 'selects', oom: 'watched since Create', recordsExits: false };

/** Ours. */
export const ownRelease: Release = { channel: 'drains', oom: 'looked for', recordsExits: true };
