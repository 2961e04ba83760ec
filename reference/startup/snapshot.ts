/**
 * What Node loads to make the snapshot: boot.ts's bundle, with every function compiled, which V8 does else at the first
 * call. A shim runs each of its paths seldom, and its user waits for most of them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

/** A snapshot's script has it, as CommonJS has. */
declare const require: NodeJS.Require;

const bundle = readFileSync(join(import.meta.dirname, 'boot.cjs'), 'utf8');
setFlagsFromString('--no-lazy');
const load = runInThisContext(`(function (require) {${bundle}\n})`) as (require: NodeJS.Require) => void;
// A snapshot is for the flags that are set when it is taken.
setFlagsFromString('--lazy');
load(require);
