/**
 * The serving process's flags: few threads and a small heap, and inline caches from the first call on, since a shim runs
 * each of its paths seldom. V8 takes a snapshot only under the flags that it was made with; its strings keep the hash seed of the build.
 *
 * The inspector's address is one that no machine has (RFC 5737): until the program has loaded, SIGUSR1 is Node's, which
 * would open a port through which any user can run code as root.
 */
export const nodeFlags: readonly string[] = [
  '--v8-pool-size=0',
  '--max-semi-space-size=1',
  '--optimize-for-size',
  '--no-lazy-feedback-allocation',
  '--no-rehash-snapshot',
  '--inspect-port=192.0.2.1:1024',
];
