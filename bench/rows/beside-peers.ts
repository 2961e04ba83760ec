/** Ours with two threads beside SPIN, rumur and TLC, and beside ours with one thread or the plain engine. */
import { type Measured, type Peer, type PeerModel, rumurs, spins, tlc } from '../peers.ts';
import { measure, paired, type Row } from './row.ts';

const managers = 9;
export const twoPhaseCommit = `two-phase commit, ${managers} managers`;

/** The peer that is fastest in one run each. */
function fastest(peers: readonly Peer[]): Peer {
  const times = peers.map((peer) => [peer, peer.run().elapsedMs] as const);
  for (const [{ name }, ms] of times) console.error(`${name}: ${(ms / 1000).toFixed(1)} s`);
  return times.reduce((best, each) => (each[1] < best[1] ? each : best))[0];
}

/** Ours beside the fastest search of SPIN, and of rumur. */
function besideBoth(
  folder: string,
  peerModel: PeerModel,
  claim: string,
  wanted: readonly [spin: string, rumur: string],
  ours: () => Measured,
): Row[] {
  const beside = (peer: Peer, atLeast: string, pairs: number): Row =>
    paired(`2 threads ÷ ${peer.name} (its fastest exact search), ${claim}`, atLeast, ours, peer.run, {
      pairs,
    });
  return [
    beside(fastest(spins(folder, peerModel)), wanted[0], 5),
    beside(fastest(rumurs(folder, peerModel)), wanted[1], 3),
  ];
}

export const two = (): Measured => measure('fast', 'two-phase-commit', managers, 2);
export const one = (): Measured => measure('fast', 'two-phase-commit', managers);

/** A revision in the peers' own languages. */
export function revisionRows(folder: string, name: 'early-exits' | 'main'): Row[] {
  return besideBoth(
    folder,
    { name, flags: ['-DEXECS=2', '-DDELETE'], slotBits: 21 },
    `${name}, 1 container × 2 execs with delete`,
    ['≥ 4', '≥ 4'],
    () => measure('fast', `peers/${name}`, 2, 2),
  );
}

/** TLC is there where TLA_JAR names a tla2tools.jar. */
export function twoPhaseCommitRows(folder: string): Row[] {
  const { TLA_JAR: jar } = process.env;
  const claim = `2 threads ÷ TLC, 2 workers, ${twoPhaseCommit}`;
  const besideTlc = jar ? [paired(claim, '≥ 30', two, tlc(jar, folder, managers).run, { pairs: 3 })] : [];
  const peerModel: PeerModel = { name: 'two-phase-commit', flags: [`-DN=${managers}`], slotBits: 27 };
  return [...besideBoth(folder, peerModel, twoPhaseCommit, ['≥ 4', '≥ 25'], two), ...besideTlc];
}

export const secondThreadRow = (): Row =>
  paired(`2 threads ÷ 1 thread, ${twoPhaseCommit}`, '≥ 1.8', two, one);

export function besidePlainRow(): Row {
  return paired(
    'fast engine ÷ plain engine, early-exits, 1 container × 2 execs',
    '≥ 10',
    () => measure('fast', 'early-exits', 2),
    () => measure('plain', 'early-exits', 2),
    { pairs: 3 },
  );
}
