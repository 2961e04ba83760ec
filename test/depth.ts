import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    isDeep: boolean;
  }
}

/** Whether the deep suite runs: it takes all cases, where the quick one takes the small ones. */
export const isDeep: boolean = inject('isDeep');

/** How many random cases a test takes. */
export function runs(quick: number, deep: number): number {
  return isDeep ? deep : quick;
}
