/**
 * What the OCI runtime gets of the shim's environment, and with it hooks that name no environment of their own.
 *
 * Why a list: what a service manager tells containerd is not meant for a container. With NOTIFY_SOCKET runc would wait for a
 * message of readiness, and mount the socket into the container; with LISTEN_FDS it would pass on descriptors.
 */
const names: readonly string[] = [
  // To find programs, and folders that a user has chosen.
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME'],
  // The user's systemd, for cgroups without root.
  'DBUS_SESSION_BUS_ADDRESS',
  // Language and time.
  ...['LANG', 'LANGUAGE', 'TZ'],
  // For hooks that fetch something.
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR'],
  // How much the programs themselves say and take.
  ...['GODEBUG', 'GOTRACEBACK', 'GOMAXPROCS', 'RUST_LOG', 'RUST_BACKTRACE'],
  // containerd's events, where a hook tells it something; and by it a tester knows what a shim has started.
  'TTRPC_ADDRESS',
];
const prefixes: readonly string[] = ['LC_'];

/** The part of an environment that the OCI runtime gets. @returns names and values */
export function runtimeEnvironment(all: NodeJS.ProcessEnv): [name: string, value: string][] {
  return Object.entries(all).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      (names.includes(entry[0]) || prefixes.some((prefix) => entry[0].startsWith(prefix))),
  );
}
