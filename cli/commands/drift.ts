import { type Command, Option } from 'commander';
import { findRevision } from '../../render/find-revision.ts';
import type { Revision } from '../../spec/index.ts';
import { exitCode } from '../exit-codes.ts';
import { addExample } from '../flags/example.ts';
import { addFormat, addOutput, type Output } from '../flags/output.ts';
import { parseRevision } from '../flags/revision.ts';

interface DriftFlags {
  readonly revision: Revision;
  readonly format: 'text' | 'json';
  readonly output: Output;
}

/** Declares `shim-spec drift`. */
export function addDrift(program: Command): void {
  const command = program
    .command('drift')
    .description(
      'name the Go functions that a revision mirrors and that are others in a checkout of containerd',
    )
    .argument('<folder>', 'a checkout of containerd, or the folder of its Go module')
    .addOption(
      new Option('--revision <revision>', 'whose functions: the slug of a revision that mirrors Go code')
        .argParser(parseRevision)
        .default(findRevision('main'), 'main'),
    );
  addOutput(addFormat(command, ['text', 'json']))
    .addHelpText(
      'after',
      `\nExit codes: ${exitCode.holds} all are the same, ${exitCode.differs} one is not, ${exitCode.file} no containerd.`,
    )
    .action(async (folder: string, { revision, ...flags }: DriftFlags) => {
      const { printDrift } = await import('../drift/print-drift.ts');
      process.exitCode = printDrift(folder, revision, flags);
    });
  addExample(command, 'drift ~/containerd');
}
