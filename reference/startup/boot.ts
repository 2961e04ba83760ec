/**
 * What Node runs: main.ts, bundled with this into one file. The build has Node load it once and keep V8's heap as a
 * snapshot, and main.sh starts Node from that.
 *
 * Why: to find, compile and run a hundred modules takes longer than all that a shim does for a container.
 */
import { startupSnapshot } from 'node:v8';
import { main } from '../main.ts';
import { warmUp } from './warm-up.ts';

const run = (): void => void main(process.argv.slice(2));

if (startupSnapshot.isBuildingSnapshot()) {
  void warmUp();
  startupSnapshot.setDeserializeMainFunction(run);
} else run();
