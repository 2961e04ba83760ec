import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import * as task from '../../wire/proto/gen/task_pb.ts';
import { code, StatusError } from '../../wire/ttrpc/status.ts';
import { deletedFile, exitFile, readConfig, writeFresh } from '../container/bundle.ts';
import { checkpointOf } from '../container/checkpoint.ts';
import { closeStreams, newContainer, newProcess, thaw, untilDrained } from '../container/container.ts';
import { mountRootfs, unmountRootfs } from '../container/mounts.ts';
import { ioOwner, runcOptions, writeOptions } from '../container/options.ts';
import { inWordsOfGoRunc } from '../container/runc.ts';
import type { Driver } from '../driver/driver.ts';
import type { Outcome } from '../driver/outcome.ts';
import type { OomWatch } from '../linux/oom.ts';
import { killError, refusalError, runtimeError, shutDownError } from './errors.ts';
import { requireIdentifier } from './identifier.ts';
import type { Lookup } from './lookup.ts';
import { exitFields, processSpecOf, runtimeOptions, stdioFields } from './messages.ts';

/** The calls of the Task API that the reducer orders. */
export class OrderedCalls {
  readonly #namespace: string;
  readonly #driver: Driver;
  readonly #lookup: Lookup;
  readonly #oom: OomWatch;

  constructor(namespace: string, driver: Driver, lookup: Lookup, oom: OomWatch) {
    this.#namespace = namespace;
    this.#driver = driver;
    this.#lookup = lookup;
    this.#oom = oom;
  }

  async create(r: task.CreateTaskRequest, client: AbortSignal): Promise<{ pid: number }> {
    const id = requireIdentifier('the container id', r.id);
    if (this.#driver.containers.has(id))
      throw new StatusError(code.alreadyExists, `container ${id}: already exists`);
    const { bundle, rootfs } = r;
    const { sharedPidNamespace } = readConfig(bundle);
    const asked = runtimeOptions(r.options);
    const options = runcOptions(bundle, this.#namespace, asked);
    writeOptions(bundle, options);
    for (const file of [deletedFile, exitFile]) rmSync(join(bundle, file), { force: true });
    const container = newContainer(
      { id, namespace: this.#namespace, bundle, rootfs, checkpoint: checkpointOf(r) },
      options,
      ioOwner(asked),
    );
    container.processes.set('', newProcess(stdioFields(r), ''));
    this.#driver.containers.set(id, container);
    try {
      await mountRootfs(bundle, rootfs);
    } catch (error) {
      this.#driver.containers.delete(id);
      throw error;
    }
    const outcome = await this.#driver.create(id, sharedPidNamespace, client);
    if (!outcome.isAnswered) {
      const why =
        outcome.at === 'called' ? shutDownError(id) : runtimeError('OCI runtime create failed', outcome);
      if (rootfs.length > 0)
        await unmountRootfs(bundle).catch(({ message }: Error) => {
          throw new StatusError(why.code, `${why.message}; ${message}`, { cause: why });
        });
      throw why;
    }
    return { pid: this.#driver.pidOf({ id, execId: '' }) };
  }

  async start(r: task.ProcessRequest, client: AbortSignal): Promise<{ pid: number }> {
    const state = this.#lookup.stateWord(r);
    // Before the init runs: it may run out of memory at once.
    if (r.execId === '') this.#watchMemory(r.id);
    const isRestored = r.execId === '' && this.#driver.containers.get(r.id)?.checkpoint != null;
    const outcome = await this.#driver.call('start', r, { client });
    requireAnswered(outcome, isRestored ? 'restore' : 'start', r, state);
    if (isRestored) this.#watchMemory(r.id);
    return { pid: this.#driver.pidOf(r) };
  }

  async exec(r: task.ExecProcessRequest): Promise<object> {
    requireIdentifier('the exec id', r.execId);
    const { processes } = this.#lookup.container(r.id);
    const init = { id: r.id, execId: '' };
    if (this.#lookup.stateWord(init) === 'paused')
      throw new StatusError(code.unknown, 'cannot exec in a paused state');
    if (processes.has(r.execId)) throw new StatusError(code.alreadyExists, `id ${r.execId}: already exists`);
    const state = this.#driver.stateOf(init);
    const added = this.#driver.exec(r, newProcess(stdioFields(r), processSpecOf(r)));
    requireAnswered(await added, 'exec', r, state);
    return {};
  }

  async delete(
    r: task.ProcessRequest,
    client: AbortSignal,
  ): Promise<MessageInitShape<typeof task.DeleteResponseSchema>> {
    const { processes, bundle } = this.#lookup.container(r.id);
    const process = this.#lookup.process(r);
    const state = this.#lookup.stateWord(r);
    const pid = this.#driver.pidOf(r);
    // Execs that no client has deleted go with their init; their streams would stay open.
    const others = r.execId === '' ? [...processes.values()].filter((each) => each !== process) : [];
    await untilDrained(process);
    requireAnswered(await this.#driver.call('delete', r, { client }), 'delete', r, state);
    await closeStreams(process);
    for (const each of others) void untilDrained(each).then(() => closeStreams(each));
    const response = { pid, ...exitFields(process) };
    if (r.execId === '') {
      this.#oom.forget(r.id);
      keepResponse(bundle, create(task.DeleteResponseSchema, response));
    }
    return response;
  }

  async wait(
    r: task.ProcessRequest,
    client: AbortSignal,
  ): Promise<MessageInitShape<typeof task.WaitResponseSchema>> {
    const process = this.#lookup.process(r);
    requireAnswered(await this.#driver.wait(r, client), 'wait', r, this.#driver.stateOf(r));
    return exitFields(process);
  }

  async kill(r: task.KillRequest, client: AbortSignal): Promise<object> {
    const state = this.#driver.stateOf(r);
    // As upstream: `all` of an exec is the exec alone.
    if (r.all && r.execId === '') {
      const { runc } = this.#lookup.container(r.id);
      await runc.run(['kill', '--all', r.id, String(r.signal)], { client }).catch((error: Error) => {
        throw killError(inWordsOfGoRunc(error));
      });
      return {};
    }
    const outcome = await this.#driver.call('kill', r, { signal: r.signal, client });
    if (outcome.error) throw killError(outcome.error.message, r.execId);
    requireAnswered(outcome, 'kill', r, state);
    if (r.signal === constants.signals.SIGKILL && r.execId === '') await thaw(this.#lookup.container(r.id));
    return {};
  }

  async shutdown(): Promise<object> {
    await this.#driver.shutdown();
    return {};
  }

  #watchMemory(id: string): void {
    const container = this.#driver.containers.get(id);
    const cgroups = container && this.#lookup.cgroups(container);
    if (cgroups) this.#oom.watch(id, cgroups);
  }
}

/** Keeps the answer to Delete for the action `delete`. */
function keepResponse(bundle: string, response: task.DeleteResponse): void {
  try {
    writeFresh(join(bundle, deletedFile), toBinary(task.DeleteResponseSchema, response));
  } catch {
    // Without it the action looks for what is left.
  }
}

/** @throws StatusError in upstream's words where the call was refused */
function requireAnswered(
  outcome: Outcome,
  verb: string,
  r: { readonly execId: string },
  state: string,
): void {
  if (!outcome.isAnswered) throw refusalError(outcome, verb, r, state);
}
