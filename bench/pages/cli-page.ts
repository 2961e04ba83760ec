/** docs/cli.md, made of the commands themselves: `npm run cli-page` writes it, and a test compares it. */
import type { Argument, Command, Option } from 'commander';
import { exitCodes } from '../../cli/exit-codes.ts';
import { exampleOf } from '../../cli/flags/example.ts';
import {
  boundDefault,
  environmentOptions,
  environmentTexts,
  roadOptions,
  roadTexts,
} from '../../render/bound.ts';
import { proseOf } from './cli-prose.ts';

/** The page, for a program as cli/program.ts makes it. */
export function cliPage(program: Command): string {
  const parts = [
    '---\ntitle: The command line\n---',
    '# The command line',
    '<!-- Made by `npm run cli-page` from the commands. Change them, or bench/pages/cli-prose.ts. -->',
    proseOf('all'),
    table(
      ['command', 'what it does'],
      program.commands.map((command) => [
        `[\`${command.name()}\`](#${command.name()})`,
        command.description(),
      ]),
    ),
    ...program.commands.flatMap(commandParts),
    ...optionParts(),
    '## Exit codes',
    table(
      ['exit code', 'meaning'],
      exitCodes.map(({ code, meaning }) => [String(code), meaning]),
    ),
    proseOf('exit codes'),
  ];
  return `${parts.join('\n\n')}\n`;
}

function commandParts(command: Command): string[] {
  const { registeredArguments: args, options } = command;
  const prose = proseOf(command.name());
  return [
    `## ${command.name()}`,
    `${sentence(command.description())}`,
    `\`\`\`sh\n${exampleOf(command)}\n\`\`\``,
    ...(args.length > 0 ? [table(['argument', 'what it is'], args.map(argumentRow))] : []),
    table(['flag', 'default', 'what it does'], options.map(optionRow)),
    ...(prose === '' ? [] : [prose]),
  ];
}

function argumentRow(argument: Argument): string[] {
  const name = argument.variadic ? `${argument.name()}…` : argument.name();
  return [`\`${argument.required ? `<${name}>` : `[${name}]`}\``, argument.description];
}

function optionRow(option: Option): string[] {
  const { description, argChoices, mandatory } = option;
  const allowed = argChoices ? ` (one of ${argChoices.join(', ')})` : '';
  return [
    `\`${option.flags}\``,
    mandatory ? 'must be given' : defaultText(option),
    `${description}${option.attributeName() === 'with' ? ' ([options](#options-of-the-environment))' : allowed}`,
  ];
}

function defaultText({ defaultValue, defaultValueDescription }: Option): string {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  // A flag such as --no-continue has the default true, which says nothing.
  return defaultValue === undefined || typeof defaultValue === 'boolean' ? '' : String(defaultValue);
}

function optionParts(): string[] {
  const rows = environmentOptions.map(([name, option]) => [
    `\`${name}\`${boundDefault[option] ? ' (default)' : ''}`,
    environmentTexts[option],
  ]);
  const onRoad = roadOptions.map(([name, option]) => [`\`${name}\``, roadTexts[option]]);
  return [
    '## Options of the environment',
    'What the environment may do besides the plain course of a container. `--with` takes names separated by commas, or `all`, or `none`. A part of [the road](road.md) is added by its name alone: `all` leaves it out.',
    table(['option', 'what it switches on'], [...rows, ...onRoad]),
  ];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
