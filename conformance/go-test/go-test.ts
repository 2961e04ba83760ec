/**
 * Writes a race as one file of Go: a test that starts a shim as containerd does, brings its own gate around the OCI
 * runtime, and fails where the rule is broken.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type AnyAction, methodOf, type Revision } from '../../spec/index.ts';
import type { Race } from '../races/races.ts';
import { gateKeyOf, gateScript } from '../shim/gate.ts';

/** What a test is made of. */
export interface GoTestOf {
  readonly race: Race;
  /** The revision that the race was found in. */
  readonly revision: Revision;
  /** The rule of the specification, and whom it is broken for. */
  readonly property: string;
  readonly subject: string;
  /** What each rule of the race demands, by its name. */
  readonly sentences: Readonly<Record<string, string>>;
  /** The interleaving, to be read by a person. */
  readonly story: string;
}

const template = fileURLToPath(new URL('./template.go', import.meta.url));

/** A Go test, gofmt's format included. */
export function goTest(of: GoTestOf): string {
  // A raw string of Go cannot hold a backquote.
  const gate = readFileSync(gateScript, 'utf8').replaceAll('`', "'");
  return readFileSync(template, 'utf8')
    .replace('// TEST\n', () => testText(of))
    .replace('`GATE`', () => `\`${gate}\``);
}

function testText({ race, revision, property, subject, sentences, story }: GoTestOf): string {
  const { bound, steps } = race.schedule;
  const rules = race.rules.map((rule) => `\t\t${quoted(rule)}: ${quoted(sentences[rule] ?? rule)},`);
  return [
    `// ${goName(race.name)} asks of a shim: ${property} (${subject}).`,
    '//',
    `// shim-spec found the interleaving in its revision ${revision.slug}: ${revision.title}.`,
    `func ${goName(race.name)}(t *testing.T) {`,
    ...story.split('\n').map((line) => `\t// ${line}`.trimEnd()),
    '',
    `\ts := start(t, ${bound.containers}, ${bound.sharedPidNamespace})`,
    ...steps.flatMap((step) => [...stepLines(step), 's.rest()']).map((line) => `\t${line}`),
    '\ts.conclude()',
    '\ts.hold(map[string]string{',
    ...aligned(rules),
    '\t})',
    '}',
    '',
  ].join('\n');
}

/** A step of the world, as a tester brings it about. */
function stepLines({ type, call = '', process = '' }: AnyAction): string[] {
  if (type === 'ProcessExits') return [`s.kill(${quoted(process)})`];
  if (type.startsWith('Client')) return [`s.send(${quoted(call)})`];
  const key = quoted(gateKeyOf(call));
  const pass = (stage: string): string => `s.pass(${key}, ${quoted(stage)}, "go", ${quoted(call)})`;
  if (type === 'RuncForks' || type === 'RuncReleasesInit') return [`s.work(${key}, ${quoted(call)})`];
  if (type === 'RuncReturns') return [pass(methodOf(call) === 'delete' ? 'before' : 'after')];
  if (type === 'RuncCrashes') return [`s.crash(${key}, ${quoted(call)})`];
  return [pass('before'), pass('after')];
}

/** gofmt aligns the values of a map whose keys stand in lines of their own. */
function aligned(lines: readonly string[]): string[] {
  const width = Math.max(...lines.map((line) => line.indexOf('": ')));
  return lines.map((line) => line.replace('": ', () => `": ${' '.repeat(width - line.indexOf('": '))}`));
}

/** `TestNoExitIsLostC1E1`. */
export function goName(name: string): string {
  const words = name.replaceAll("'", '').split(/[^A-Za-z0-9]+/).filter(Boolean);
  return `Test${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
