import type { Container } from '../container/container.ts';
import type { Machine } from './machine.ts';
import { processIdOf } from './names.ts';

/** What the driver holds, for people: a line for each container, process and open call, then the reducer's whole state. */
export function tableLines({ state, live }: Machine, containers: ReadonlyMap<string, Container>): string[] {
  return [
    ...[...containers.values()].flatMap(({ id, bundle, isPaused, processes }) => [
      `container ${id}: bundle ${bundle}${isPaused ? ', paused' : ''}`,
      ...[...processes.keys()].map((execId) => {
        const process = processIdOf({ id, execId });
        const { state: word, pid } = state.processes[process] ?? { state: 'none', pid: 0 };
        return `process ${process}: ${word}, pid ${pid}`;
      }),
    ]),
    ...[...live].map((call) => `call ${call}: at ${state.calls[call]?.pc ?? 'idle'}`),
    `reducer: ${JSON.stringify(state)}`,
  ];
}
