import { describe, expect, it } from 'vitest';
import { explanationOf } from '../../conformance/log/explanations.ts';
import type { Validation } from '../../conformance/log/validate.ts';
import { box, course, exec, judgedLines, printed, stamp, type Told, told } from './lines.ts';

const lines = course.map((each) => printed(each));
const begin = lines.slice(0, 5);

function causesIn({ groups, watched }: Validation): string[] {
  const ofBreaches = groups.flatMap(({ breaches }) => breaches.map((each) => explanationOf(each)?.name));
  return [...new Set([...ofBreaches, ...watched.sightings.map(({ name }) => name)])].filter(
    (name) => name !== undefined,
  );
}

const rulesIn = ({ counts }: Validation): string[] => [...counts.keys()];
const initExit = (fields: object, second: number): Told =>
  told('exit', { id: box, pid: 70, ...fields }, second);
const initDelete = (fields: object, second: number): Told => told('delete', { pid: 70, ...fields }, second);
const log = (...events: readonly Told[]): string[] => events.map((each) => printed(each));
const disconnected = `time="${stamp(7)}" level=info msg="shim disconnected" id=${box} namespace=default`;

interface Case {
  readonly cause: string;
  /** A log that has it. */
  readonly has: readonly string[];
  /** A log that looks like it and has it not. */
  readonly hasNot: readonly string[];
  /** The rules that the first one breaks; all of them, where it is not told. */
  readonly breaks?: readonly string[];
}

const cases: readonly Case[] = [
  {
    cause: 'containerd cleaned up after a dead shim',
    has: [
      ...begin,
      ...log(initExit({}, 6), initExit({ exit_status: 137 }, 8), initDelete({ exit_status: 137 }, 9)),
    ],
    // The delete has what the first exit had: the second one is the shim's own.
    hasNot: [...begin, ...log(initExit({}, 6), initExit({ exit_status: 137 }, 8), initDelete({}, 9))],
    breaks: ['at most one exit per process'],
  },
  {
    cause: 'containerd cleaned up after a dead shim',
    has: [
      ...lines.slice(0, 4),
      disconnected,
      ...log(initExit({ exit_status: 137 }, 8), initDelete({ exit_status: 137 }, 9)),
    ],
    // The same without the line of the journal: an exit of the exec was lost, and nobody knows why.
    hasNot: [
      ...lines.slice(0, 4),
      ...log(initExit({ exit_status: 137 }, 8), initDelete({ exit_status: 137 }, 9)),
    ],
  },
  {
    cause: 'containerd cleaned up after a dead shim',
    has: [
      ...lines.slice(0, 4),
      ...log(initExit({ pid: 0, exit_status: 255 }, 8), initDelete({ pid: 0, exit_status: 255 }, 9)),
    ],
    hasNot: [
      ...lines.slice(0, 4),
      ...log(initExit({ exit_status: 255 }, 8), initDelete({ exit_status: 255 }, 9)),
    ],
  },
  {
    cause: 'containerd cleaned up after a dead shim',
    has: [...begin, ...log(initExit({}, 6), initExit({}, 8), initDelete({}, 8))],
    // A client's Delete takes its time: the shim said twice that the process exited.
    hasNot: [...begin, ...log(initExit({}, 6), initExit({}, 8), initDelete({}, 9))],
    breaks: ['at most one exit per process'],
  },
  {
    cause: 'two subscribers in one log',
    has: lines.flatMap((line) => [line, line]),
    // The same events at other times: the container was there twice.
    hasNot: [...lines, ...course.map((each) => printed({ ...each, second: each.second + 20 }))],
    breaks: [],
  },
  {
    cause: 'an event told twice',
    has: [...lines.slice(0, 4), lines[3] ?? '', ...lines.slice(4)],
    hasNot: [
      ...lines.slice(0, 3),
      ...log(told('exec-started', { exec_id: exec, pid: 77 }, 3)),
      ...lines.slice(3),
    ],
    breaks: [],
  },
  {
    cause: 'the event was delivered late',
    has: [...lines.slice(0, 3), lines[4] ?? '', lines[3] ?? '', ...lines.slice(5)],
    // In the wrong order by the times as well: the shim published them so.
    hasNot: [
      ...lines.slice(0, 3),
      ...log(
        told('exit', { id: exec, pid: 77, exit_status: 3 }, 4),
        told('exec-started', { exec_id: exec, pid: 77 }, 5),
      ),
      ...lines.slice(5),
    ],
    breaks: ['start precedes exit'],
  },
  {
    cause: 'delete of an exec without its id',
    has: [...begin, ...log(told('delete', { pid: 77, exit_status: 3 }, 6)), ...lines.slice(5)],
    // A pid that no process of the container has.
    hasNot: [...begin, ...log(told('delete', { pid: 78, exit_status: 3 }, 6)), ...lines.slice(5)],
    breaks: [],
  },
  {
    cause: 'all processes share one pid',
    has: [
      ...lines.slice(0, 3),
      ...log(
        told('exec-started', { exec_id: exec, pid: 70 }, 4),
        told('exit', { id: exec, pid: 70 }, 5),
        told('delete', { pid: 70 }, 6),
      ),
    ],
    hasNot: [...begin, ...log(initDelete({}, 6))],
  },
  {
    cause: 'the container id was used again',
    has: [...lines.slice(0, 2), ...course.map((each) => printed({ ...each, second: each.second + 20 }))],
    hasNot: [...lines, ...course.map((each) => printed({ ...each, second: each.second + 20 }))],
    breaks: ['no exit is lost'],
  },
  {
    cause: 'an event has lost its ids',
    has: [...begin, printed({ topic: 'exit', event: { pid: 224 }, second: 5 }), ...lines.slice(5)],
    // The exit of a container that was there before the log began.
    hasNot: [
      ...begin,
      printed({ topic: 'exit', event: { container_id: 'x', id: 'x', pid: 224 }, second: 5 }),
      ...lines.slice(5),
    ],
    breaks: ['an event names its container and its process'],
  },
  {
    cause: 'an OOM after the exit',
    has: [...lines.slice(0, 6), ...log(told('oom', {}, 6)), ...lines.slice(6)],
    hasNot: [...lines.slice(0, 5), ...log(told('oom', {}, 5)), ...lines.slice(5)],
    breaks: [],
  },
];

describe('a known cause', () => {
  for (const { cause, has, hasNot, breaks } of cases) {
    it(`is told where the log has it: ${cause}`, async () => {
      const validation = await judgedLines(...has);
      expect(causesIn(validation)).toContain(cause);
      if (breaks) expect(rulesIn(validation)).toEqual(breaks);
    });

    it(`is not told where a log looks like it: ${cause}`, async () => {
      expect(causesIn(await judgedLines(...hasNot))).not.toContain(cause);
    });
  }
});

describe('after its delete', () => {
  it('a process has nothing more to say', async () => {
    for (const late of [initExit({}, 9), told('oom', {}, 9), told('exit', { id: exec, pid: 77 }, 9)])
      expect(rulesIn(await judgedLines(...lines, printed(late)))).toContain('nothing follows the delete');
  });

  it('nor has a task that was never started', async () => {
    const events = [told('create', { pid: 70 }, 1), initDelete({}, 2), initExit({ exit_status: 137 }, 3)];
    expect(rulesIn(await judgedLines(...log(...events)))).toEqual(['nothing follows the delete']);
  });
});
