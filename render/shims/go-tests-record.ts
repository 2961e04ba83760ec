/** What `npm run go-tests:verdicts` found, as docs/go-tests.json has it. */
export interface GoTestsRecord {
  readonly tests: readonly GoTestRecord[];
  readonly findings: readonly FindingRecord[];
  readonly releases: readonly ReleaseRecord[];
}

/** A generated test, which fails on a shim that breaks one of its rules. */
export interface GoTestRecord {
  /** `TestNoExitIsLostC1PendingExecs`. */
  readonly test: string;
  /** What it asks, as a race or a finding is called. */
  readonly name: string;
  readonly rules: readonly string[];
  /** By revision: whether the model says that a shim of its algorithm must break a rule, in whichever order. */
  readonly isForced: Readonly<Record<string, boolean>>;
}

/** A finding, and the test that brings it about. */
export interface FindingRecord {
  /** The file's name in docs/findings, without its ending. */
  readonly file: string;
  readonly title: string;
  /** Its test; null where it has none. */
  readonly test: string | null;
  /** Why it has none; empty where it has. */
  readonly reason: string;
}

/** A shim that the tests were run on. */
export interface ReleaseRecord {
  readonly slug: string;
  readonly title: string;
  /** The revision whose algorithm it has. */
  readonly revision: string;
  readonly day: string;
  readonly results: Readonly<Record<string, CountsRecord>>;
}

/** Of a test on a shim. */
export interface CountsRecord {
  /** How often it was run. */
  readonly times: number;
  /** How often a rule was broken. */
  readonly broken: number;
  /** How often the test could not be carried out. */
  readonly unclear: number;
}
