/**
 * The formats of logs, each a row: how it is recognised, and how it names what a parser looks for.
 *
 * @module
 */

/** Names of a field, in the spellings that formats have for it; the first that is there counts. */
export type Names = readonly string[];

/** The fields of containerd's task events: as Go prints them, in either JSON of protobuf, and as a Go structure. */
export const eventFields = {
  container: ['container_id', 'containerId', 'ContainerID'],
  exec: ['exec_id', 'execId', 'ExecID'],
  id: ['id', 'ID'],
  pid: ['pid', 'Pid'],
  exitStatus: ['exit_status', 'exitStatus', 'ExitStatus'],
  exitedAt: ['exited_at', 'exitedAt', 'ExitedAt'],
} as const satisfies Record<string, Names>;

/** An object of JSON: either an event, or a wrapper of a line of another format. */
export interface JsonFormat {
  readonly name: string;
  /** A key that tells it. */
  readonly has: Names;
  /** Of an event. */
  readonly event?: {
    readonly time: Names;
    readonly namespace: Names;
    readonly topic: Names;
    readonly event: Names;
  };
  /** Of a wrapper: the line in it, and when it was written. */
  readonly line?: Names;
  /** Of containerd's own log: the message, when it was written, and the ids beside it. */
  readonly message?: { readonly text: Names; readonly time: Names };
}

export const jsonFormats: readonly JsonFormat[] = [
  {
    name: "events as JSON (protobuf's, nerdctl events)",
    has: ['topic', 'Topic'],
    event: {
      time: ['timestamp', 'Timestamp', 'time'],
      namespace: ['namespace', 'Namespace'],
      topic: ['topic', 'Topic'],
      event: ['event', 'Event'],
    },
  },
  { name: "containerd's log as JSON", has: ['msg'], message: { text: ['msg'], time: ['time'] } },
  { name: 'journalctl -o json', has: ['MESSAGE'], line: ['MESSAGE'] },
  { name: "docker's json-file", has: ['log'], line: ['log'] },
  { name: 'a line in JSON', has: ['message'], line: ['message'] },
];

/** A line of text, behind any prefix (journald's, kubectl's, docker compose's). */
export interface TextFormat {
  readonly name: string;
  /** Its groups: an event's time, namespace, topic and event; or a message's time, text and the fields beside it. */
  readonly pattern: RegExp;
  readonly of: 'event' | 'message';
}

export const textFormats: readonly TextFormat[] = [
  {
    name: 'ctr events',
    pattern: /(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4}) \S+ (\S+) (\/\S+) ?(.*)/,
    of: 'event',
  },
  {
    name: "containerd's log",
    pattern: /\btime="?([^"\s]+)"? level=\w+ msg=("(?:\\.|[^"\\])*"|\S+)(.*)/,
    of: 'message',
  },
  {
    name: "containerd's log on a terminal",
    pattern: /\b[A-Z]{4}\[([^\]]+)\] (.*?)(?:\s{2,}(.*))?$/,
    of: 'message',
  },
];

/** A message of containerd's log that tells of a task. */
export interface MessageFormat {
  readonly pattern: RegExp;
  readonly topic: 'exit' | 'oom' | 'shim-disconnected' | 'no ids';
}

/** CRI's lines about exits and OOMs (1.6 to 2.x), and the core's about shims and events. */
export const messageFormats: readonly MessageFormat[] = [
  {
    pattern:
      /^(?:received (?:sandbox container |container |sandbox )?exit event|TaskExit event(?: in podsandbox handler)?) (.*)/s,
    topic: 'exit',
  },
  { pattern: /^TaskOOM event (.*)/s, topic: 'oom' },
  { pattern: /^shim disconnected\b/, topic: 'shim-disconnected' },
  { pattern: /^event (?:published|forwarded)\b/, topic: 'no ids' },
];

/** Lines that belong to a journal and tell nothing of tasks. */
export const ofJournals =
  /^(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \S+ |\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* \S+ )[^\s:]+(?:\[\d+\])?: |^-- .* --$/;
