import { type Command, Option } from 'commander';
import type { Revision } from '../../spec/index.ts';
import { addBound, type BoundFlags, boundFrom } from '../flags/bound.ts';
import { addExample } from '../flags/example.ts';
import { statesFlag } from '../flags/limits.ts';
import { addOutput, type Output } from '../flags/output.ts';
import { revisionArgument, revisionDefault } from '../flags/revision.ts';

interface GraphFlags extends BoundFlags {
  readonly maxStates: number;
  readonly as: 'dot' | 'aut';
  readonly output: Output;
}

/** Declares `shim-spec graph`. */
export function addGraph(program: Command): void {
  const command = program
    .command('graph')
    .description('write every state and step within a bound, for Graphviz, or for CADP and mCRL2')
    .addArgument(revisionArgument('what to draw'));
  addBound(command)
    .addOption(new Option('--as <kind>', 'the format').choices(['dot', 'aut']).default('dot'))
    .addOption(statesFlag('give up where there are more').default(100_000));
  addOutput(command).action(async (revision: Revision | undefined, flags: GraphFlags) => {
    const { writeGraph } = await import('../run/graph.ts');
    const request = { ...flags, bound: boundFrom(flags), statesMax: flags.maxStates };
    process.exitCode = writeGraph(revision ?? revisionDefault, request);
  });
  addExample(command, 'graph early-exits --execs 0 --output early-exits.dot');
}
