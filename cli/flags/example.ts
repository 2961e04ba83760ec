import type { Command } from 'commander';

const examples = new WeakMap<Command, string>();

/** Gives a command an example, for its help and for docs/cli.md. @param args what stands behind `npx shim-spec` */
export function addExample(command: Command, args: string): Command {
  const line = `npx shim-spec ${args}`;
  examples.set(command, line);
  return command.addHelpText('after', `\nExample: ${line}`);
}

/** The example of a command. @throws Error for a command without one */
export function exampleOf(command: Command): string {
  const example = examples.get(command);
  if (example !== undefined) return example;
  throw new Error(`${command.name()} has no example: give it one with addExample`);
}
