import { type Argument, Command, type Option } from 'commander';
import { refusal } from '../../checker/option-checks.ts';
import { adviceFor, closestNames } from '../../render/closest-names.ts';

/** A command whose errors of usage say what was got, what is allowed and what to do, as all others do. */
export class PlainCommand extends Command {
  override createCommand(name?: string): Command {
    return new PlainCommand(name);
  }

  /** All errors that commander finds come through here. @throws OptionError always */
  override error(message: string, { code = '' }: { readonly code?: string } = {}): never {
    const [, named = ''] = /'([^']*)'/.exec(message) ?? [];
    throw (refusals[code] ?? otherwise)(this, named, message);
  }
}

type Refuse = (command: Command, named: string, message: string) => Error;

/** By commander's code; `named` is what its message has in the first quotation marks. */
const refusals: Readonly<Record<string, Refuse>> = {
  'commander.missingArgument': (command, named) => {
    const argument = command.registeredArguments.find((each) => each.name() === named);
    return refusal(
      `${command.name()} lacks its argument <${named}>`,
      named,
      'nothing',
      argument?.description ?? 'one',
      `add it; ${helpOf(command)}`,
    );
  },
  'commander.excessArguments': (command) => {
    const { args, registeredArguments } = command;
    const most = registeredArguments.length;
    const left = args.slice(most).join(' ');
    const allowed = most === 0 ? 'none' : `at most ${most}: ${registeredArguments.map(spelt).join(' ')}`;
    return refusal(
      `${command.name()} has too many arguments`,
      'arguments',
      String(args.length),
      allowed,
      `leave ${left} out`,
    );
  },
  'commander.optionMissingArgument': (command, named) => {
    const option = optionOf(command, named);
    return refusal(
      `${named} lacks its value`,
      option?.long ?? named,
      'nothing',
      allowedOf(option),
      'add it, or leave the flag out',
    );
  },
  'commander.missingMandatoryOptionValue': (command, named) => {
    const option = optionOf(command, named);
    return refusal(
      `${command.name()} needs ${named}`,
      option?.long ?? named,
      'nothing',
      allowedOf(option),
      `add it; ${helpOf(command)}`,
    );
  },
  'commander.invalidArgument': (command, named, message) => {
    const [, given = ''] = /argument '(.*)' is invalid/s.exec(message) ?? [];
    const option = optionOf(command, named);
    if (!option) return otherwise(command, named, message);
    const name = option.long ?? named;
    const advice = adviceFor(given, option.argChoices ?? []);
    return refusal(`${name} cannot be used`, name, `'${given}'`, allowedOf(option), advice);
  },
  'commander.unknownOption': (command, named) => {
    const flags = command.options.map(({ long }) => long ?? '').concat('--help');
    const closest = closestNames(named.replace(/^-+/, ''), flags)[0];
    return refusal(
      `${command.name()} has no flag ${named}`,
      named,
      named,
      flags.join(', '),
      closest ? `did you mean ${closest}?` : helpOf(command),
    );
  },
  'commander.unknownCommand': (command, named) => {
    const names = command.commands.map((each) => each.name());
    return refusal(`there is no command ${named}`, named, named, names.join(', '), adviceFor(named, names));
  },
};

/** What commander says where it says something new. */
function otherwise(command: Command, _: string, message: string): Error {
  return refusal(
    `${command.name()} cannot be used so`,
    'usage',
    message.replace(/^error: /, ''),
    'what its help says',
    helpOf(command),
  );
}

function optionOf(command: Command, flags: string): Option | undefined {
  return command.options.find((option) => option.flags === flags);
}

function allowedOf(option: Option | undefined): string {
  return option?.argChoices?.join(', ') ?? option?.description ?? 'another';
}

function spelt(argument: Argument): string {
  return argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
}

function helpOf(command: Command): string {
  const path = command.parent ? `${command.parent.name()} ${command.name()}` : command.name();
  return `see ${path} --help`;
}
