import { busyboxRootfs as made } from '../../conformance/shim/rootfs.ts';
import { needDebian } from '../debian.ts';

/** A root file system of one static busybox, in a new folder, on a machine that has what the tests need. */
export function busyboxRootfs(): string {
  needDebian(['runc', 'crun', 'busybox'], ['runc', 'crun', 'busybox-static']);
  return made();
}
