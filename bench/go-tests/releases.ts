/** The subjects of the matrix whose algorithm is one of the revisions, each with the revision. */
export const releases: ReadonlyMap<string, string> = new Map([
  ['runc-v2-debian-1.6.20', 'big-lock'],
  ['runc-v2-1.6.36', 'running-execs'],
  ['runc-v2-1.7.35', 'running-execs'],
  ['runc-v2-2.0.14', 'running-execs'],
  ['runc-v2-2.1.9', 'running-execs'],
  ['runc-v2-2.2.9', 'running-execs'],
  ['runc-v2-2.3.7', 'main'],
  ['runc-v2-2.4.2', 'main'],
  ['reference', 'proposed'],
]);
