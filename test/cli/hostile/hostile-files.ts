import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files that are no log and no report, by name; made in `folder`. Those that are read for ever, or not at all, are the system's. */
export function hostileFiles(folder: string): Readonly<Record<string, string>> {
  const contents: Readonly<Record<string, string | Uint8Array>> = {
    empty: '',
    null: 'null',
    'a list': '[]',
    'an object': '{}',
    'a number': '3',
    'a text': 'once upon a time',
    'half of a report': '{"revision":{"slug":"main"},"bound":{"contai',
    'a report of no revision': '{"revision":{},"bound":{"containers":1,"execs":1},"results":[]}',
    'a report of an unknown revision':
      '{"revision":{"slug":"mian"},"bound":{"containers":1,"execs":1},"results":[]}',
    'a report without a bound': '{"revision":{"slug":"main"},"bound":{},"results":[]}',
    'a report of nulls': '{"revision":{"slug":"main"},"bound":{"containers":1,"execs":1},"results":[null]}',
    'a report whose steps are null':
      '{"revision":{"slug":"main"},"bound":{"containers":1,"execs":1},"results":[{"property":"p","verdict":"violated","subject":null,"trace":{"steps":null}}]}',
    bytes: Uint8Array.from({ length: 5_000 }, (_, i) => (i * 37) % 256),
  };
  const files = Object.entries(contents).map(([name, content]) => {
    const file = join(folder, name.replaceAll(' ', '-'));
    writeFileSync(file, content);
    return [name, file] as const;
  });
  const folders = join(folder, 'folder');
  mkdirSync(folders);
  const loop = join(folder, 'loop');
  execFileSync('ln', ['-s', loop, loop]);
  return {
    ...Object.fromEntries(files),
    'a folder': folders,
    'a circle of links': loop,
    'no file': join(folder, 'none'),
    'below a file': join(folder, 'empty', 'x'),
    '/dev/zero': '/dev/zero',
    '/dev/urandom': '/dev/urandom',
    '/proc/self/mem': '/proc/self/mem',
  };
}

/** The commands that read a file, and what they may say of one that they cannot use. */
export const readers: readonly (readonly string[])[] = [
  ['validate'],
  ['replay', '--trace'],
  ['conform', '--shim', '/bin/true', '--from'],
  ['conform', '--shim', '/bin/true', '--baseline'],
  ['check', '--checkpoint'],
];

/** Words that come from Node or V8, and not from us. */
export const foreignWords: RegExp =
  /\n {4}at |TypeError|RangeError|SyntaxError|Cannot read prop|is not (a function|iterable|an object)|Unexpected (token|end)|JSON at position|\bundefined\b|illegal operation|, (open|read|stat) '|Invalid string|heap/;
