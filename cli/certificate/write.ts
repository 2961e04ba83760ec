import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { canonicalJson } from '../../checker/canonical.ts';
import type { Exploration, StateDiagram } from '../../checker/index.ts';
import { type Slot, slotsOf } from '../../checker/store/slots.ts';
import type { AnyAction, Bound, Revision, Service } from '../../spec/index.ts';
import { specHashOf } from '../causes/code-hash.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import { printComplaint } from '../thread/session.ts';
import type { Header } from './header.ts';
import type { Levels } from './verifier.ts';

/** More states than these are not listed. */
const statesMax = 100_000_000;
/** Characters that are zipped at once. */
const pieceMax = 1 << 22;

/** @throws InputError where no certificate can be written, before the search */
export function assertCertifiable(file: string): void {
  attempt(file, () => {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
      throw Object.assign(new Error(file), { code: 'EISDIR' });
    closeSync(openSync(partOf(file), 'w', 0o600));
    rmSync(partOf(file));
  });
}

/**
 * Writes the states of a complete search, and which rules hold in them.
 *
 * @throws InputError where there are too many states to be listed, or no file can be written
 */
export function writeCertificate(
  file: string,
  revision: Revision,
  bound: Bound,
  { report, states, diagram: diagramOf }: Exploration<Service, AnyAction>,
): void {
  if (report.stoppedBy !== null) {
    printComplaint(
      `shim-spec: --certificate ${file} was not written (got a search that was stopped by ${report.stoppedBy}, allowed a complete one): raise the limit, or lower the bound\n`,
    );
    return;
  }
  const diagram = diagramOf?.();
  if (!diagram && report.states > statesMax)
    throw new InputError(
      `--certificate ${file} was not written (got ${report.states} states, allowed ${statesMax}): lower the bound`,
      exitCode.incomplete,
    );
  const slots = slotsOf(report.model.initial);
  const header: Header = {
    certificate: 1,
    code: specHashOf(revision),
    revision: { slug: revision.slug, ...(revision.file === undefined ? {} : { file: revision.file }) },
    bound,
    states: report.states,
    ends: slots.map(({ path }) => path),
    holds: report.results
      .filter(({ property, verdict }) => property.kind !== 'sometimes' && verdict === 'holds')
      .map(({ property }) => property.name),
    ...(diagram ? { diagram: levelsOf(diagram, slots) } : {}),
  };
  attempt(file, () => {
    const fd = openSync(partOf(file), 'w', 0o600);
    try {
      let text = `${JSON.stringify(header)}\n`;
      for (const line of diagram ? nodeLines(diagram) : stateLines(slots, states())) {
        text += line;
        if (text.length < pieceMax) continue;
        writeAll(fd, gzipSync(text));
        text = '';
      }
      writeAll(fd, gzipSync(text));
      renameSync(partOf(file), file);
    } catch (error) {
      rmSync(partOf(file), { force: true });
      throw error;
    } finally {
      closeSync(fd);
    }
  });
}

function levelsOf({ levels, leftOut }: StateDiagram, slots: readonly Slot[]): Levels {
  const numbers = new Map(slots.map(({ path }, i) => [JSON.stringify(path), i]));
  const numberOf = (path: readonly string[]): number => numbers.get(JSON.stringify(path)) as number;
  return {
    ends: levels.map(({ path }) => numberOf(path)),
    values: levels.map(({ values }) => values),
    leftOut: leftOut.map(numberOf),
  };
}

function* nodeLines({ nodes }: StateDiagram): Generator<string> {
  for (const node of nodes) yield `${JSON.stringify(node)}\n`;
}

/** Each state as what differs from the state before: pairs of an end's number and its value. */
function* stateLines(slots: readonly Slot[], states: Iterable<object>): Generator<string> {
  const values: unknown[] = slots.map(() => undefined);
  const texts: string[] = [];
  for (const state of states) {
    const changes: string[] = [];
    for (const [i, { path }] of slots.entries()) {
      let value: unknown = state;
      for (const key of path) value = (value as Record<string, unknown>)[key];
      // Most values are primitives, and most are as before.
      if (value === values[i]) continue;
      values[i] = value;
      const text = canonicalJson(value);
      if (text === texts[i]) continue;
      texts[i] = text;
      changes.push(String(i), text);
    }
    yield `[${changes.join(',')}]\n`;
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function partOf(file: string): string {
  return `${file}.part`;
}

function attempt(file: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
    throw new InputError(
      `--certificate ${file} cannot be written (got ${causeText(cause)}, allowed a file in a folder that exists and that you may write to): name another`,
      exitCode.file,
      { cause },
    );
  }
}
