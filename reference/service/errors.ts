import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { inWordsOfGoRunc } from '../container/runc.ts';
import type { Outcome } from '../driver/outcome.ts';

/** Calls that the reducer does not order, and that depend on the container's state. */
export type UnorderedVerb = 'pause' | 'resume' | 'checkpoint' | 'update';

/**
 * The answer to a refused call: upstream's code and words, by where it was refused.
 *
 * @param state of the process before the call; of the container for Exec
 */
export function refusalError(
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
      return state === 'created'
        ? new StatusError(code.failedPrecondition, 'process not created: failed precondition')
        : killError('process already finished');
    case 'container.Delete':
      return new StatusError(code.unknown, `cannot delete a ${state} process`);
    default:
      if (verb === 'delete') return runtimeError('failed to delete task', outcome);
      return runtimeError(`OCI runtime ${execId === '' ? verb : 'exec'} failed`, outcome);
  }
}

/** Why a container in `state` cannot be paused, resumed, checkpointed or updated; null where it can. */
export function hindrance(verb: UnorderedVerb, state: string): string | null {
  if (state === 'stopped') return `cannot ${verb} a stopped container`;
  if (state === 'created' && verb === 'checkpoint') return 'cannot checkpoint a task in created state';
  if (state === 'created' && verb !== 'update') return `cannot ${verb} task in created state`;
  if (state === 'running' && verb === 'resume') return 'cannot resume a running process';
  return state === 'paused' && verb === 'pause' ? 'cannot pause a paused container' : null;
}

/** The answer to a Create that comes when the shim has been shut down, and empties its queue of events. */
export function shutDownError(id: string): StatusError {
  return new StatusError(code.unavailable, `container ${id} cannot be created: the shim is shut down`);
}

/** A failure of runc, in its own words. */
export function runtimeError(prefix: string, { error }: Pick<Outcome, 'error'>): StatusError {
  if (error instanceof StatusError) return error;
  const message = `${prefix}: ${error?.message ?? 'no reason given'}`;
  return new StatusError(code.unknown, message, ...(error ? [{ cause: error }] : []));
}

/** Why a signal failed, in the words of upstream's checkKillError. */
export function killError(why: string, execId = ''): StatusError {
  const prefix = execId === '' ? '' : 'exec kill error: ';
  if (/process already finished|container not running|no such process|ESRCH/i.test(why))
    return new StatusError(code.notFound, `${prefix}process already finished: not found`);
  if (/does not exist/i.test(why)) return new StatusError(code.notFound, 'no such container: not found');
  const reason = why.replace('kill EINVAL', 'invalid argument');
  return new StatusError(code.unknown, `${prefix}unknown error after kill: ${reason}`);
}

/** A failure of runc, for calls where upstream passes on go-runc's words. */
export function asGoRunc(error: Error): never {
  throw new StatusError(code.unknown, inWordsOfGoRunc(error), { cause: error });
}
