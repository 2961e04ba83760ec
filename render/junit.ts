import { escaped } from './sequence-svg.ts';

/** One case of a JUnit report. */
export interface JunitCase {
  readonly classname: string;
  readonly name: string;
  readonly elapsedMs?: number;
  /** null where it passed. What could not be judged is skipped, never passed. */
  readonly outcome: {
    readonly kind: 'failure' | 'skipped';
    readonly message: string;
    readonly text: string;
  } | null;
}

export interface JunitSuite {
  readonly name: string;
  readonly elapsedMs: number;
  readonly cases: readonly JunitCase[];
}

/** A JUnit report of one suite, as XML. */
export function junitXml({ name, elapsedMs, cases }: JunitSuite): string {
  const count = (kind: 'failure' | 'skipped'): number =>
    cases.filter(({ outcome }) => outcome?.kind === kind).length;
  const counts = `tests="${cases.length}" failures="${count('failure')}" skipped="${count('skipped')}" errors="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    `  <testsuite name="${xmlText(name)}" ${counts} time="${secondsText(elapsedMs)}">`,
    ...cases.map(caseXml),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

function caseXml({ classname, name, elapsedMs, outcome }: JunitCase): string {
  const time = elapsedMs === undefined ? '' : ` time="${secondsText(elapsedMs)}"`;
  const head = `    <testcase classname="${xmlText(classname)}" name="${xmlText(name)}"${time}`;
  if (outcome === null) return `${head}/>`;
  const { kind, message, text } = outcome;
  const body = text === '' ? '/>' : `>${xmlText(text)}</${kind}>`;
  return `${head}>\n      <${kind} message="${xmlText(message)}"${body}\n    </testcase>`;
}

function secondsText(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** A shim's error may hold control characters, which XML cannot, escaped or not. */
function xmlText(text: string): string {
  return escaped(Array.from(text, (c) => (isAllowed(c) ? c : '\ufffd')).join(''));
}

function isAllowed(c: string): boolean {
  const code = c.codePointAt(0) ?? 0;
  if (code < 0x20) return ['\t', '\n', '\r'].includes(c);
  return !(code >= 0xd800 && code <= 0xdfff) && code !== 0xfffe && code !== 0xffff;
}
