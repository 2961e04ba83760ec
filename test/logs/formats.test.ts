import { describe, expect, it } from 'vitest';
import type { Validation } from '../../conformance/log/validate.ts';
import { box, course, exec, fileOf, judged, judgedLines, printed, stamp, type Told } from './lines.ts';

const lines = course.map((each) => printed(each));

/** As protobuf's JSON spells the fields. */
function protojson({ topic, event, second }: Told): object {
  const names: Readonly<Record<string, string>> = {
    container_id: 'containerId',
    exec_id: 'execId',
    exit_status: 'exitStatus',
    exited_at: 'exitedAt',
  };
  const fields = Object.entries(event).map(([name, value]) => [names[name] ?? name, value]);
  const type = { '@type': `type.googleapis.com/containerd.events.${topic}` };
  return {
    timestamp: stamp(second),
    namespace: 'default',
    topic: `/tasks/${topic}`,
    event: { ...type, ...(Object.fromEntries(fields) as object) },
  };
}

/** As `nerdctl events --format json` prints it. */
function nerdctl({ topic, event, second }: Told): object {
  return {
    Timestamp: stamp(second),
    ID: box,
    Namespace: 'default',
    Topic: `/tasks/${topic}`,
    Action: 'unknown',
    Event: JSON.stringify(event),
    Labels: {},
  };
}

/** Every format, with what it makes of the course's lines. */
const formats: readonly (readonly [name: string, text: string])[] = [
  ['ctr events', lines.join('\n')],
  ['ctr events with a byte order mark', `\uFEFF${lines.join('\n')}`],
  ['ctr events with carriage returns', lines.join('\r\n')],
  ['ctr events in journald', lines.map((line) => `May 06 07:01:02 node-7 ctr[81]: ${line}`).join('\n')],
  [
    'ctr events in journalctl -o short-iso-precise',
    lines.map((line) => `2026-05-06T07:01:02.123456+0200 node-7 ctr[81]: ${line}`).join('\n'),
  ],
  ['kubectl logs --timestamps', lines.map((line) => `2026-05-06T07:01:02.5Z ${line}`).join('\n')],
  ['a log of CRI', lines.map((line) => `2026-05-06T07:01:02.5Z stdout F ${line}`).join('\n')],
  ['docker compose logs', lines.map((line) => `\u001B[36mwatch-1  |\u001B[0m ${line}`).join('\n')],
  ['journalctl -o json', lines.map((line) => JSON.stringify({ _COMM: 'ctr', MESSAGE: line })).join('\n')],
  [
    "docker's json-file",
    lines.map((line) => JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: stamp(9) })).join('\n'),
  ],
  ['nerdctl events --format json', course.map((each) => JSON.stringify(nerdctl(each))).join('\n')],
  ["protobuf's JSON", course.map((each) => JSON.stringify(protojson(each))).join('\n')],
  ['an array on one line', JSON.stringify(course.map(protojson))],
  ['an array over many lines', JSON.stringify(course.map(nerdctl), null, 2)],
  ['objects over many lines', course.map((each) => JSON.stringify(nerdctl(each), null, 2)).join('\n')],
];

const whole = { events: 7, containers: 1, begunBefore: 0, unfinished: 0 };

describe('validate reads', () => {
  for (const [name, text] of formats) {
    it(name, async () => {
      const { watched, counts, unreadable, others } = await judged(fileOf(`${text}\n`));
      expect([watched, counts.size, unreadable.count, others]).toMatchObject([whole, 0, 0, 0]);
    });
  }

  // Read as something else, an event in the wrong place would not be told.
  for (const [name, text] of formats) {
    it(`${name}, and finds what is wrong in it, with the time`, async () => {
      const swapped = text.replaceAll(/exec-started|exec-added/g, (topic) =>
        topic === 'exec-added' ? 'exec-started' : 'exec-added',
      );
      const { counts, groups } = await judged(fileOf(`${swapped}\n`));
      expect([...counts.keys()]).toContain('exec-added precedes exec-started');
      const event = groups[0]?.breaches[0]?.event;
      expect(event).toMatchObject({ exec, timeUs: Date.parse('2026-05-06T07:00:03.5Z') * 1_000 });
      expect(event?.at).toMatch(/^line \d+$/);
    });
  }
});

/** containerd's own lines. */
const journal = (second: number, message: string, beside = ''): string =>
  `time="${stamp(second)}" level=info msg=${JSON.stringify(message)}${beside}`;
const exitOf = (status: number, at: number): string =>
  `&TaskExit{ContainerID:${box},ID:${box},Pid:70,ExitStatus:${status},ExitedAt:2026-05-06 07:00:0${at} +0000 UTC,XXX_unrecognized:[],}`;
const exitIn2 = (id: string, status: number, at: number): string =>
  `container_id:"${box}"  id:"${id}"  pid:70  exit_status:${status}  exited_at:{seconds:${at}  nanos:5}`;
const oom = `TaskOOM event &TaskOOM{ContainerID:${box},XXX_unrecognized:[],}`;

const journals: readonly (readonly [version: string, lines: readonly string[]])[] = [
  ['1.6', [journal(1, oom), journal(2, `TaskExit event ${exitOf(137, 2)}`)]],
  [
    '1.6, in journald',
    [`May 06 07:01:02 n containerd[8]: ${journal(2, `TaskExit event ${exitOf(137, 2)}`)}`],
  ],
  ['1.7', [journal(2, `received exit event ${exitIn2(box, 137, 9)}`)]],
  ['2.x', [journal(2, `received container exit event ${exitIn2(box, 137, 9)}`)]],
  ['2.x, a sandbox', [journal(2, `received sandbox container exit event ${exitIn2(box, 137, 9)}`)]],
  [
    'of any version, as JSON',
    [JSON.stringify({ level: 'info', msg: `TaskExit event ${exitIn2(box, 137, 9)}`, time: stamp(2) })],
  ],
  ['on a terminal', [`INFO[${stamp(2)}] TaskExit event ${exitOf(137, 2)} `]],
];

describe("containerd's journal", () => {
  const exits = ({ watched }: Validation): number => watched.partial;

  for (const [version, told] of journals) {
    it(`of ${version} tells of an exit, of which no order is judged`, async () => {
      const validation = await judgedLines(...told, journal(3, 'StopContainer returns successfully'));
      expect(exits(validation)).toBe(1);
      expect([validation.counts.size, validation.watched.revisions, validation.others]).toEqual([0, [], 1]);
    });

    it(`of ${version}: an exit that is told again is the same one, and another one is not`, async () => {
      const last = told.at(-1) ?? '';
      expect((await judgedLines(...told, last)).counts.size).toBe(0);
      const second = last.replace(/(ExitStatus|exit_status):137/, '$1:1');
      expect([...(await judgedLines(...told, second)).counts]).toEqual([['at most one exit per process', 1]]);
    });
  }

  it('does not tell an exit for a second time that an event has told', async () => {
    const inK8s = course.map((each) => printed(each, 'k8s.io'));
    const { counts, watched } = await judgedLines(
      ...inK8s.slice(0, 6),
      journal(6, `TaskExit event ${exitOf(0, 6)}`),
      ...inK8s.slice(6),
    );
    expect([counts.size, watched.partial]).toEqual([0, 0]);
  });

  it('is refused where it names topics and no ids', async () => {
    const forwarded = journal(
      1,
      'event forwarded',
      ' ns=k8s.io topic=/tasks/exit type=containerd.events.TaskExit',
    );
    await expect(judgedLines(forwarded)).rejects.toThrow(/names? topics and no ids \(line 1: time=/);
    expect((await judgedLines(forwarded, ...lines)).counts.size).toBe(0);
  });
});

describe('a log that lacks something', () => {
  it('is told with the first line that cannot be read, and what that lacks', async () => {
    const { unreadable } = await judgedLines(...lines, '{"topic":"/tasks/exit","ev', 'once upon a time');
    expect(unreadable).toEqual({
      count: 2,
      first: {
        at: 'line 8',
        text: '{"topic":"/tasks/exit","ev',
        lacks: 'the end of its JSON, or is no JSON',
      },
    });
    const bytes = JSON.stringify({ topic: '/tasks/exit', event: { type_url: 'x', value: 'CgRiMGM1' } });
    expect((await judgedLines(...lines, bytes)).unreadable.first?.lacks).toContain('decoded');
  });

  it('is refused where no event says whose it is', async () => {
    const nameless = course.map(({ topic }) =>
      JSON.stringify({ topic: `/tasks/${topic}`, event: { pid: 7 } }),
    );
    await expect(judgedLines(...nameless)).rejects.toThrow('none of its events has a container_id');
  });
});
