/** The command line of a shim: flags in Go's style, then the action. */
export interface ShimArguments {
  readonly action: 'start' | 'delete' | 'serve';
  readonly namespace: string;
  /** containerd's own socket. */
  readonly address: string;
  readonly id: string;
  readonly bundle: string;
  /** The socket of the serving process; only for `serve`. */
  readonly socket: string;
  readonly isDebug: boolean;
}

class UsageError extends Error {
  override readonly name = 'UsageError';
}

const withValue = ['namespace', 'address', 'publish-binary', 'id', 'bundle', 'socket'];
const actions = ['start', 'delete', 'serve'] as const;

/** Reads the command line. @throws UsageError for one that containerd does not use */
export function parseArguments(args: readonly string[]): ShimArguments {
  const flags = new Map<string, string>();
  let action: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const [, name, value] = /^--?([a-z-]+)(?:=(.*))?$/s.exec(args[i] ?? '') ?? [];
    if (name === undefined) action ??= args[i];
    else if (name === 'debug' || name === 'v') flags.set(name, '');
    else if (!withValue.includes(name))
      throw new UsageError(`unknown flag -${name} (allowed: ${withValue.join(', ')}, debug)`);
    else flags.set(name, value ?? args[++i] ?? '');
  }
  const known = actions.find((each) => each === action);
  if (!known) {
    throw new UsageError(
      `containerd runs this program: it is a shim (got action ${action ?? 'none'}, allowed ${actions.join(', ')})`,
    );
  }
  const of = (name: string): string => flags.get(name) ?? '';
  for (const name of ['namespace', 'id']) {
    if (of(name) === '') throw new UsageError(`-${name} is missing (got nothing, allowed a name)`);
  }
  return {
    action: known,
    namespace: of('namespace'),
    address: of('address'),
    id: of('id'),
    bundle: of('bundle') || process.cwd(),
    socket: of('socket'),
    isDebug: flags.has('debug'),
  };
}
