import { levels } from '../linux/log.ts';

/** The command line of a shim: flags in Go's style, then the action. */
export interface ShimArguments {
  /** `version` and `info` are flags, of which each is all that is read. */
  readonly action: 'start' | 'delete' | 'version' | 'info';
  readonly namespace: string;
  /** containerd's own socket. */
  readonly address: string;
  readonly id: string;
  readonly bundle: string;
  /** The least level that is logged, in containerd's numbers. */
  readonly logLevel: number;
}

class UsageError extends Error {
  override readonly name = 'UsageError';
}

const withValue = [
  'namespace',
  'address',
  'publish-binary',
  'id',
  'bundle',
  'socket',
  'debug-socket',
  'log-level',
];
const switches: readonly string[] = ['debug', 'v', 'version', 'info'];
const actions = ['start', 'delete'] as const;

/** Reads the command line. @throws UsageError for one that containerd does not use */
export function parseArguments(args: readonly string[]): ShimArguments {
  const { flags, action } = splitArguments(args);
  const of = (name: string): string => flags.get(name) ?? '';
  const parsed = {
    namespace: of('namespace'),
    address: of('address'),
    id: of('id'),
    bundle: of('bundle') || process.cwd(),
    logLevel: Number(of('log-level')) || (flags.has('debug') ? levels.debug : levels.info),
  };
  if (flags.has('v') || flags.has('version')) return { ...parsed, action: 'version' };
  if (flags.has('info')) return { ...parsed, action: 'info' };
  const known = actions.find((each) => each === action);
  if (!known) {
    throw new UsageError(
      `containerd runs this program: it is a shim (got action ${action ?? 'none'}, allowed ${actions.join(', ')}; for people: snapshot, -version, -info)`,
    );
  }
  for (const name of ['namespace', 'id']) {
    if (of(name) === '') throw new UsageError(`-${name} is missing (got nothing, allowed a name)`);
  }
  return { ...parsed, action: known };
}

function splitArguments(args: readonly string[]): {
  flags: ReadonlyMap<string, string>;
  action: string | undefined;
} {
  const flags = new Map<string, string>();
  let action: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const [, name, value] = /^--?([a-z-]+)(?:=(.*))?$/s.exec(args[i] ?? '') ?? [];
    if (name === undefined) action ??= args[i];
    else if (switches.includes(name)) flags.set(name, '');
    else if (withValue.includes(name)) flags.set(name, value ?? args[++i] ?? '');
    else {
      const allowed = [...withValue, ...switches].join(', ');
      throw new UsageError(`unknown flag -${name} (allowed: ${allowed})`);
    }
  }
  return { flags, action };
}
