import koffi from 'koffi';

export const closeOnExec = 0o2000000;
export const nonBlocking = 0o4000;

const library = koffi.load('libc.so.6');

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
    bound ??= library.func(declaration) as unknown as (...args: A) => number;
    return bound(...args);
  };
}
