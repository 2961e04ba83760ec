import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { inWordsOfGoRunc } from '../container/runc.ts';
import type { Outcome } from '../driver/driver.ts';

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

/** What keeps a container in `state` from being paused, resumed, checkpointed or updated; null where nothing does. */
export function hindrance(verb: 'pause' | 'resume' | 'checkpoint' | 'update', state: string): string | null {
  if (state === 'stopped') return `cannot ${verb} a stopped container`;
  if (state === 'created' && verb === 'checkpoint') return 'cannot checkpoint a task in created state';
  if (state === 'created' && verb !== 'update') return `cannot ${verb} task in created state`;
  if (state === 'running' && verb === 'resume') return 'cannot resume a running process';
  return state === 'paused' && verb === 'pause' ? 'cannot pause a paused container' : null;
}

/** runc's own words, as containerd's users know them; containerd adds that the error is unknown. */
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

/** For calls whose failed runc upstream passes on as go-runc says it. */
export function asGoRunc(error: Error): never {
  throw new StatusError(code.unknown, inWordsOfGoRunc(error), { cause: error });
}
