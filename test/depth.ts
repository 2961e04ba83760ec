import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    isDeep: boolean;
    containerd: string;
  }
}

/** Whether the deep suite runs: it takes all cases, where the quick one takes the small ones. */
export const isDeep: boolean = inject('isDeep');

/** The version of containerd that Go is to build; empty for Debian's. */
export const containerdVersion: string = inject('containerd');

/** How many random cases a test takes. */
export function runs(quick: number, deep: number): number {
  return isDeep ? deep : quick;
}
