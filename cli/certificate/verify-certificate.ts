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
import { CertificateError, type PlainModel, type Verified, Verifier } from './verifier.ts';

interface VerifyRequest {
  /** States to be expanded; null for all. */
  readonly sample: number | null;
  readonly seed: number;
  readonly output: Output;
}

/** `shim-spec verify-certificate`: whether a set of states proves what it says. @returns the exit code */
export async function verifyCertificate(file: string, request: VerifyRequest): Promise<number> {
  const lines = valuesOf(file);
  try {
    const { value: first } = await lines.next();
    const certified = await certifiedBy(first);
    const { revision, bound, claims } = certified;
    const model = modelOf(revision, bound) as PlainModel;
    const verifier = new Verifier(model, claims);
    for await (const changes of lines) verifier.read(changes);
    const verified = verifier.verify({
      sample: request.sample,
      random: randomFrom(request.seed),
      goesOn: (done) => {
        showStatus(`${count(done)} of ${count(claims.states)} states`);
        return !isInterrupted();
      },
    });
    const open = model.properties.filter(
      ({ name, kind }) => kind !== 'sometimes' && !claims.holds.includes(name),
    );
    const isWhole = verified.expanded === claims.states && open.length === 0;
    request.output.write(
      textOf(
        certified,
        verified,
        open.map(({ name }) => name),
        request,
      ),
    );
    return isWhole ? exitCode.holds : exitCode.incomplete;
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

function textOf(
  { revision, bound, claims }: Certified,
  { expanded, steps, quiescent, wasCancelled }: Verified,
  open: readonly string[],
  { output: { colors: c }, sample, seed }: VerifyRequest,
): string {
  const { states, holds } = claims;
  const isWhole = expanded === states;
  const chosen = wasCancelled
    ? 'stopped by Ctrl-C or SIGTERM'
    : `a sample of ${sample}, seed ${seed}; --sample leaves the others out`;
  const what = `${count(expanded)} of ${count(states)} states`;
  return [
    `${c.bold(revision.slug)}: ${boundText(bound)}`,
    '',
    `  ${count(states)} distinct states, the initial one among them`,
    `  ${count(steps)} steps of ${isWhole ? 'these states' : what}, taken by the plain reducer: each leads to one of them`,
    `  ${count(quiescent)} of ${isWhole ? 'them' : what} are quiescent`,
    `  ${holds.length} rules are broken by none${isWhole ? '' : ' that was looked at'}: ${holds.map((name) => `'${name}'`).join(', ')}`,
    ...(open.length > 0 ? [`  not certified: ${open.map((name) => `'${name}'`).join(', ')}`] : []),
    '',
    isWhole
      ? c.green(
          `certified: no reachable state breaks ${open.length === 0 ? 'a rule' : `one of the ${holds.length} rules`}`,
        )
      : c.yellow(`not certified: only ${what} were expanded (${chosen})`),
  ].join('\n');
}

function refusal(file: string, what: string, code: number, cause: unknown): InputError {
  return new InputError(
    `${file} certifies nothing: ${what}; write it anew with 'shim-spec check --certificate FILE'`,
    code,
    { cause },
  );
}
