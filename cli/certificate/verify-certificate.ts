import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { boundText } from '../../render/bound.ts';
import { count } from '../../render/table.ts';
import { Impossible, modelOf } from '../../spec/index.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { causeText } from '../file-error.ts';
import type { Output } from '../flags/output.ts';
import { isInterrupted, showStatus } from '../thread/session.ts';
import { type Certified, certifiedBy } from './header.ts';
import { UnreadableError, valuesOf } from './read.ts';
import { Diagram, StateList } from './sets.ts';
import { CertificateError, type PlainModel, type Verified, Verifier } from './verifier.ts';

interface VerifyRequest {
  /** States to be expanded; null for all. */
  readonly sample: number | null;
  readonly seed: number;
  readonly output: Output;
}

/** Of a diagram with more states than these, a sample is expanded. */
const expandedMax = 1_000_000;
const sampleDefault = 10_000;

/** `shim-spec verify-certificate`: whether a set of states proves what it says. @returns the exit code */
export async function verifyCertificate(file: string, request: VerifyRequest): Promise<number> {
  const lines = valuesOf(file);
  try {
    const { value: first } = await lines.next();
    const certified = await certifiedBy(first);
    const { revision, bound, claims } = certified;
    const model = modelOf(revision, bound) as PlainModel;
    const { diagram, states } = claims;
    const verifier = new Verifier(model, claims, (ends) =>
      diagram ? new Diagram(ends, diagram) : new StateList(ends, states),
    );
    for await (const line of lines) verifier.read(line);
    const isTooLarge = diagram !== undefined && states > expandedMax;
    const sample = request.sample ?? (isTooLarge ? sampleDefault : null);
    const verified = verifier.verify({
      sample,
      random: randomFrom(request.seed),
      goesOn: (done) => {
        showStatus(`${count(done)} of ${count(claims.states)} states`);
        return !isInterrupted();
      },
    });
    const open = model.properties.filter(
      ({ name, kind }) => kind !== 'sometimes' && !claims.holds.includes(name),
    );
    const names = open.map(({ name }) => name);
    request.output.write(textOf(certified, verified, names, { ...request, sample }));
    return isWhole(certified, verified) && open.length === 0 ? exitCode.holds : exitCode.incomplete;
  } catch (error) {
    if (error instanceof CertificateError)
      throw refusal(
        file,
        error.message,
        error instanceof UnreadableError ? exitCode.file : exitCode.rejected,
        error,
      );
    if (error instanceof Impossible)
      throw refusal(
        file,
        `it lists a state that the model fails in (got ${error.message})`,
        exitCode.rejected,
        error,
      );
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith('E') && !code.startsWith('ERR'))
      throw refusal(file, `it cannot be read (${causeText(error)})`, exitCode.file, error);
    throw error;
  } finally {
    await lines.return(undefined);
  }
}

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => uniformInt(generator, 0, 2 ** 31 - 1) / 2 ** 31;
}

/** Whether every state was expanded, with all its parts. */
function isWhole({ claims: { states, diagram } }: Certified, { expanded }: Verified): boolean {
  return expanded === states && (diagram?.leftOut.length ?? 0) === 0;
}

function textOf(
  certified: Certified,
  verified: Verified,
  open: readonly string[],
  { output: { colors: c }, sample, seed }: VerifyRequest,
): string {
  const { revision, bound, claims } = certified;
  const { expanded, steps, quiescent, wasCancelled } = verified;
  const { states, holds, diagram } = claims;
  const leftOut = diagram?.leftOut.length ?? 0;
  const isAll = expanded === states;
  const chosen = wasCancelled
    ? 'stopped by Ctrl-C or SIGTERM'
    : `a sample of ${sample}, seed ${seed}; --sample says how many`;
  const what = `${count(expanded)} of ${count(states)} states`;
  return [
    `${c.bold(revision.slug)}: ${boundText(bound)}`,
    '',
    `  ${count(states)} distinct states, the initial one among them`,
    ...(leftOut > 0
      ? [
          `  ${leftOut} ${leftOut === 1 ? 'part' : 'parts'} of the state left out (--reduce unread); here filled at random with values that steps have written`,
        ]
      : []),
    `  ${count(steps)} steps of ${isAll ? 'these states' : what}, taken by the plain reducer: each leads to one of them`,
    `  ${count(quiescent)} of ${isAll ? 'them' : what} are quiescent`,
    `  ${holds.length} rules are broken by none${isAll ? '' : ' that was looked at'}: ${holds.map((name) => `'${name}'`).join(', ')}`,
    ...(open.length > 0 ? [`  not certified: ${open.map((name) => `'${name}'`).join(', ')}`] : []),
    '',
    isWhole(certified, verified)
      ? c.green(
          `certified: no reachable state breaks ${open.length === 0 ? 'a rule' : `any of these ${holds.length} rules; ${open.length} not certified`}`,
        )
      : c.yellow(
          isAll
            ? 'not certified: the states lack what --reduce unread left out; that no step and no rule reads it was tried at random, which is no proof'
            : `not certified: only ${what} were expanded (${chosen})`,
        ),
  ].join('\n');
}

function refusal(file: string, what: string, code: number, cause: unknown): InputError {
  return new InputError(
    `${file} certifies nothing: ${what}; write it anew with 'shim-spec check --certificate FILE'`,
    code,
    { cause },
  );
}
