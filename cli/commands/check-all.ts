import { matrixText } from '../../render/matrix.ts';
import { revisions } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode, exitCodeOf } from '../exit-codes.ts';
import { parseBound } from '../flags/bound.ts';
import type { Output } from '../flags/output.ts';
import { type Checked, type CheckFlags, jsonOf, search } from './check.ts';

/** `shim-spec check --all`: every revision within one bound. @returns the gravest exit code of them */
export function checkAll(flags: CheckFlags, output: Output): number {
  const bound = parseBound(flags);
  const all = revisions.map((revision) => search(revision, bound, flags));
  if (flags.format !== 'text' && flags.format !== 'json') {
    throw new InputError(
      `--format ${flags.format} is of one revision (got --all, allowed text, json): leave --all out`,
      exitCode.usage,
    );
  }
  if (flags.format === 'json') {
    output.write(JSON.stringify({ bound, revisions: all.map((checked) => jsonOf(checked, bound)) }, null, 2));
  } else {
    output.write(matrixText(bound, all, output.colors));
  }
  return gravest(all);
}

function gravest(all: readonly Checked[]): number {
  const codes = new Set(all.map(({ report }) => exitCodeOf(report)));
  const order = [exitCode.deadlock, exitCode.safety, exitCode.incomplete, exitCode.vacuous];
  return order.find((code) => codes.has(code)) ?? exitCode.holds;
}
