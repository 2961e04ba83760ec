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

/** What the head of a file says to whoever finds it without the command that wrote it. */
const head = [
  '// Written by shim-spec replay --as go: a test that brings a race about on a real shim, and fails if a rule breaks.',
  '//',
  '// It runs containers, so it needs Linux, root and runc. In a folder that has this file alone, as race_test.go:',
  '//',
  '//	go mod init race && go mod tidy',
  '//	sudo env "PATH=$PATH" go test . -shim /path/to/containerd-shim-runc-v2',
  '//',
  '// Without -shim it tests the containerd-shim-runc-v2 on PATH; -oci-runtime names another OCI runtime than runc.',
  '// A failure shows which shim was tested.',
  '',
];

/** How a test names the shim and the OCI runtime that it was told of, where it cannot use them. */
function flagNames(shim: string, runtime: string): string[] {
  return ['const (', `\traceShimFlag    = "${shim}"`, `\traceRuntimeFlag = "${runtime}"`, ')', ''];
}

const template = fileURLToPath(new URL('./template.go', import.meta.url));

/** Tests of a package of its own, which take the shim by a flag. Format included, as gofmt has it. */
export function goTests(of: readonly GoTestOf[]): string {
  const flags = [
    'var (',
    '\tshimBinary = flag.String("shim", "containerd-shim-runc-v2", "the shim: a path, or a name on PATH")',
    '\tociRuntime = flag.String("oci-runtime", "runc", "the OCI runtime that the shim is to run")',
    ')',
    '',
  ];
  const tests = of.flatMap((each) => [
    ...commentOf(each),
    `func Test${goName(each.race.name)}(t *testing.T) {`,
    ...bodyOf(each, '*shimBinary, *ociRuntime'),
    '',
  ]);
  const own = filled('shimrace', ['\t"flag"'], [...flags, ...flagNames('-shim', '-oci-runtime'), ...tests]);
  return `${head.join('\n')}\n${own}`;
}

/** The same as a suite of containerd's shimtest: one file of its package, whose names begin with `race`. */
export function shimtestSuite(of: readonly GoTestOf[]): string {
  const suite = [
    '// RaceSuite contains tests that bring about races between what a shim starts and what exits. Each holds the OCI runtime',
    '// at the points where the race is decided, so none depends on luck.',
    'type RaceSuite struct {',
    '\tcfg Config',
    '}',
    '',
    '// NewRaceSuite constructs a RaceSuite from the given options.',
    'func NewRaceSuite(cfg Config) *RaceSuite {',
    '\treturn &RaceSuite{cfg: cfg}',
    '}',
    '',
    '// Run runs every test in the suite as a subtest of t.',
    'func (s *RaceSuite) Run(t *testing.T) {',
    '\tt.Helper()',
    ...of.map(({ race }) => `\tt.Run("${goName(race.name)}", s.test${goName(race.name)})`),
    '}',
    '',
  ];
  const tests = of.flatMap((each) => [
    ...commentOf(each),
    `func (s *RaceSuite) test${goName(each.race.name)}(t *testing.T) {`,
    ...bodyOf(each, 's.cfg.ShimBinary, "runc"'),
    '',
  ]);
  return filled('shimtest', [], [...suite, ...flagNames('Config.ShimBinary', 'the OCI runtime'), ...tests]);
}

/** The template with these imports and declarations. */
function filled(name: string, imports: readonly string[], lines: readonly string[]): string {
  // A raw string of Go cannot hold a backquote.
  const gate = readFileSync(gateScript, 'utf8').replaceAll('`', "'");
  return readFileSync(template, 'utf8')
    .replace('package shimrace', `package ${name}`)
    .replace('\t"fmt"', [...imports, '\t"fmt"'].join('\n'))
    .replace('// TEST\n', () => lines.join('\n'))
    .replace('`GATE`', () => `\`${gate}\``);
}

function commentOf({ race, revision, property, subject }: GoTestOf): string[] {
  return [
    `// ${goName(race.name)} asks of a shim: ${property} (${subject}).`,
    '//',
    `// shim-spec found the interleaving in its revision ${revision.slug}: ${revision.title}.`,
  ];
}

/** What stands between the braces of a test, the last one included. */
function bodyOf({ race, sentences, story }: GoTestOf, subject: string): string[] {
  const { bound, steps } = race.schedule;
  const rules = race.rules.map((rule) => `\t\t{${quoted(rule)}, ${quoted(sentences[rule] ?? rule)}},`);
  return [
    ...story.split('\n').map((line) => `\t// ${line}`.trimEnd()),
    '',
    `\tr := startRace(t, ${subject}, ${bound.containers}, ${bound.sharedPidNamespace})`,
    ...steps.flatMap((step) => [...stepLines(step), 'r.rest()']).map((line) => `\t${line}`),
    '\tr.conclude()',
    '\tr.hold([][2]string{',
    ...rules,
    '\t})',
    '}',
  ];
}

/** A step of the world, as a tester brings it about. */
function stepLines({ type, call = '', process = '' }: AnyAction): string[] {
  if (type === 'ProcessExits') return [`r.kill(${quoted(process)})`];
  if (type.startsWith('Client')) return [`r.send(${quoted(call)})`];
  const key = quoted(gateKeyOf(call));
  const pass = (stage: string): string => `r.pass(${key}, ${quoted(stage)}, "go", ${quoted(call)})`;
  if (type === 'RuncForks' || type === 'RuncReleasesInit') return [`r.work(${key}, ${quoted(call)})`];
  if (type === 'RuncReturns') return [pass(methodOf(call) === 'delete' ? 'before' : 'after')];
  if (type === 'RuncCrashes') return [`r.crash(${key}, ${quoted(call)})`];
  return [pass('before'), pass('after')];
}

/** A name for Go: `NoExitIsLostC1E1`. */
export function goName(name: string): string {
  const words = name
    .replaceAll("'", '')
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean);
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
