import type { Outcome } from './driver.ts';
import { code, StatusError } from './ttrpc/status.ts';

/** What a refused call is answered with: the code and the words of upstream, by where it was refused. */
export function refusal(
  outcome: Outcome,
  verb: string,
  { execId }: { readonly execId: string },
  state: string,
): StatusError {
  switch (outcome.at) {
    case 'called':
      return new StatusError(
        code.notFound,
        execId === '' ? 'container not created: not found' : `process does not exist ${execId}: not found`,
      );
    case 'p.Start':
      return new StatusError(code.unknown, `cannot start a ${state} process`);
    case 'container.Exec':
      return new StatusError(code.unknown, `cannot exec in a ${state} state`);
    case 'container.Kill':
      return new StatusError(code.notFound, 'process already finished: not found');
    case 'container.Delete':
      return new StatusError(
        code.failedPrecondition,
        `cannot delete a ${state} process: failed precondition`,
      );
    default:
      return runtimeError(`OCI runtime ${execId === '' ? verb : 'exec'} failed`, outcome);
  }
}

/** runc's own words, as containerd's users know them. */
export function runtimeError(prefix: string, { error }: Outcome): StatusError {
  if (error instanceof StatusError) return error;
  const message = `${prefix}: ${error?.message ?? 'no reason given'}`;
  return new StatusError(code.unknown, `${message}: unknown`, ...(error ? [{ cause: error }] : []));
}
