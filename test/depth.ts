import { inject, type ProvidedContext } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    isDeep: boolean;
    containerd: string;
  }
}

/** Whether the deep suite runs: it takes all cases, where the quick one takes the small ones. */
export const isDeep: boolean = given('isDeep', false);

/** The version of containerd that Go is to build; empty for Debian's. */
export const containerdVersion: string = given('containerd', '');

/** How many random cases a test takes. */
export function runs(quick: number, deep: number): number {
  return isDeep ? deep : quick;
}

/** What vitest's project provides; benchmarks use the tests' containerd, too, and run without vitest. */
function given<K extends keyof ProvidedContext>(name: K, otherwise: ProvidedContext[K]): ProvidedContext[K] {
  return process.env.VITEST ? inject(name) : otherwise;
}
