import { getSystemErrorName } from 'node:util';
import { koffi } from './koffi.ts';

export const closeOnExec = 0o2000000;
export const nonBlocking = 0o4000;

let loaded: ReturnType<ReturnType<typeof koffi>['load']> | undefined;

function library(): NonNullable<typeof loaded> {
  loaded ??= koffi().load('libc.so.6');
  return loaded;
}

/**
 * A function of libc that returns an int.
 *
 * Why: it is bound at its first call, since a shim that no terminal asks for needs no functions for one.
 *
 * @param declaration as C declares it
 */
export function libc<A extends readonly unknown[]>(declaration: string): (...args: A) => number {
  let bound: ((...args: A) => number) | undefined;
  return (...args) => {
    bound ??= library().func(declaration) as unknown as (...args: A) => number;
    return bound(...args);
  };
}

/** A libc call that has failed. */
export class LibcError extends Error {
  override readonly name = 'LibcError';
  /** Such as `EBUSY`. */
  readonly code: string;

  constructor(call: string) {
    const code = getSystemErrorName(-koffi().errno());
    super(`${call}: ${code}`);
    this.code = code;
  }
}

/**
 * A function of libc that may take long: it runs beside the event loop.
 *
 * @param declaration as for `libc`; the function says with 0 that it did what it was to do
 * @returns its promise is rejected with a LibcError where it fails
 */
export function libcLater<A extends readonly unknown[]>(declaration: string): (...args: A) => Promise<void> {
  type Later = { async: (...args: [...A, (error: Error | null, result: number) => void]) => void };
  let bound: Later | undefined;
  return (...args) => {
    bound ??= library().func(declaration) as unknown as Later;
    const { async: later } = bound;
    const name = /(\w+)\(/.exec(declaration)?.[1] ?? '';
    return new Promise((resolve, reject) =>
      later(...args, (error, result) => {
        if (error) reject(error);
        else if (result === 0) resolve();
        else reject(new LibcError(name));
      }),
    );
  };
}
