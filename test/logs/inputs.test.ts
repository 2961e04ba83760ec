import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRecords } from '../../conformance/log/read/inputs.ts';
import { main } from '../cli/shim-spec.ts';
import { needDebian } from '../debian.ts';
import { course, fileOf, judged, pathOf, printed } from './lines.ts';

const text = `${course.map((each) => printed(each)).join('\n')}\n`;
const whole = { events: 7, containers: 1, begunBefore: 0 };

beforeAll(() => needDebian(['zstd', 'mkfifo'], ['zstd', 'coreutils']));

/** What the command zstd makes of a text. */
function zstd(of: string): Buffer {
  return spawnSync('zstd', ['-c'], { input: of }).stdout;
}

/** A text of 40,000 lines, which no part of a file and no frame of zstd holds at once. */
const long = Array.from({ length: 40_000 }, (_, i) =>
  printed({ topic: 'create', event: { container_id: `c${i * 7_919}`, pid: i + 1 }, second: 1 }),
).join('\n');

describe('readRecords', () => {
  for (const [name, packed] of [
    ['a plain file', long],
    ['gzip', gzipSync(long)],
    ['gzip in two members', Buffer.concat([gzipSync(long.slice(0, 99_999)), gzipSync(long.slice(99_999))])],
    ['zstd', () => zstd(long)],
    ['zstd in two frames', () => Buffer.concat([zstd(long.slice(0, 99_999)), zstd(long.slice(99_999))])],
  ] as const) {
    it(`gives every line of ${name}`, async () => {
      const lines: (string | null)[] = [];
      const content = typeof packed === 'function' ? packed() : packed;
      const { left } = await readRecords(fileOf(content), (of, _, from, to) => {
        lines.push(of?.slice(from, to) ?? null);
      });
      expect(lines.join('\n') === long).toBe(true);
      expect([lines.length, left]).toEqual([40_000, null]);
    });
  }

  it('says that compressed data ends too early, after what came before', async () => {
    for (const packed of [gzipSync(long), zstd(long)]) {
      let lines = 0;
      const { left } = await readRecords(fileOf(packed.subarray(0, packed.length / 2)), () => void lines++);
      expect(left).toContain('ends in the middle of its compressed data');
      expect(lines).toBeGreaterThan(1_000);
    }
  });

  it('refuses compressed data that is damaged', async () => {
    const packed = gzipSync(long);
    packed.fill(0, 500, 900);
    await expect(readRecords(fileOf(packed), () => undefined)).rejects.toThrow(/cannot be read \(Z_/);
  });
});

describe('validate', () => {
  it('takes several files and folders for one log, in the order of their times', async () => {
    const folder = pathOf('rotated');
    mkdirSync(folder);
    const lines = text.trimEnd().split('\n');
    fileOf(lines.slice(4, 6).join('\n'), join('rotated', 'events.log'));
    fileOf(gzipSync(lines.slice(2, 4).join('\n')), join('rotated', 'events.log.1.gz'));
    const last = fileOf(lines.slice(6).join('\n'));
    const first = fileOf(lines.slice(0, 2).join('\n'));
    const { watched, counts, files } = await judged(last, folder, first);
    expect([watched, counts.size, files.length]).toMatchObject([whole, 0, 4]);
  });

  it('merges files by the times of their events, also of two nodes and of rotated ones', async () => {
    const lines = text.trimEnd().split('\n');
    const halves = [0, 1].map((odd) => fileOf(`${lines.filter((_, i) => i % 2 === odd).join('\n')}\n`));
    const { watched, counts, inTurn } = await judged(...halves);
    expect([watched, counts.size, inTurn]).toMatchObject([whole, 0, null]);
    // A thousand lines of another node, of which many stand between those of the first.
    const other = Array.from({ length: 9_000 }, (_, i) =>
      printed({ topic: 'create', event: { container_id: `o${i}`, pid: 5 }, second: 1 + (i % 6) }),
    ).toSorted();
    const busy = await judged(...halves, fileOf(other.join('\n')));
    expect([busy.watched.events, busy.watched.begunBefore, busy.counts.size]).toEqual([9_007, 0, 0]);
  });

  it('reads files in turn where one has no times, and says so', async () => {
    const plain = ({ topic, event }: (typeof course)[number]): string =>
      JSON.stringify({ topic: `/tasks/${topic}`, namespace: 'default', event });
    const first = fileOf(course.slice(0, 4).map(plain).join('\n'));
    const last = fileOf(
      course
        .slice(4)
        .map((each) => printed(each))
        .join('\n'),
    );
    const { watched, counts, inTurn } = await judged(first, last);
    expect([watched, counts.size, inTurn]).toMatchObject([whole, 0, first]);
  });

  it('says in which file a breach stands', async () => {
    const broken = fileOf(text.split('\n').slice(0, 2).concat(text.split('\n').slice(6)).join('\n'));
    const { groups } = await judged(broken, fileOf('2026-05-06 06:00:00 +0000 UTC n /images/create {}'));
    expect(groups[0]?.breaches[0]?.event.at).toBe(`${broken}: line 3`);
  });

  it('reads a file as far as it went at first, and says that it grew', async () => {
    const file = fileOf(text);
    const lines: (string | null)[] = [];
    const { left } = await readRecords(file, (of) => {
      if (lines.push(of) === 1) appendFileSync(file, text);
    });
    expect([lines.length, left]).toEqual([
      7,
      `${file} grew while it was read: ${text.length} bytes were not read`,
    ]);
  });

  it('judges a FIFO that ends in the middle of a line, and says so', async () => {
    const fifo = pathOf('fifo');
    spawnSync('mkfifo', [fifo]);
    const writer = spawn('sh', ['-c', `cat '${fileOf(text.slice(0, -20))}' > '${fifo}'`]);
    const { watched, unread, unreadable } = await judged(fifo);
    if (writer.exitCode === null) await once(writer, 'exit');
    expect([watched.events, unreadable.count, unread]).toEqual([
      6,
      1,
      [`${fifo} ends in the middle of a line`],
    ]);
  });

  it('leaves out a line of 100 MiB, in memory that is less than the line', async () => {
    const part = fileOf(text);
    const tell = fileOf(
      'process.on("exit", () => console.error(process.resourceUsage().maxRSS))',
      'tell.cjs',
    );
    const input = `cat '${part}'; head -c 104857600 /dev/zero | tr '\\0' x; echo; cat '${part}'`;
    const run = `'${process.execPath}' --require '${tell}' '${main}' validate - --format json`;
    const { stdout, stderr } = spawnSync('sh', ['-c', `{ ${input}; } | ${run}`], { encoding: 'utf8' });
    const said = JSON.parse(stdout) as { watched: { events: number }; unreadable: { first: object } };
    expect(said.watched.events).toBe(14);
    expect(said.unreadable.first).toEqual({ at: 'line 8', text: '', lacks: 'an end within 1 MiB' });
    const maxKib = Math.max(...stderr.trim().split('\n').map(Number));
    expect(maxKib).toBeGreaterThan(0);
    expect(maxKib).toBeLessThan(160 * 1_024);
  });

  it('refuses what is no log, in words', async () => {
    await expect(judged('/dev/zero')).rejects.toThrow('got a device, allowed');
    await expect(judged('/proc/self/mem')).rejects.toThrow('/proc/self/mem cannot be read (EIO)');
    await expect(judged(pathOf('missing'))).rejects.toThrow('cannot be read (ENOENT)');
    await expect(judged(fileOf(readFileSync('/bin/true')))).rejects.toThrow('holds no events (got line 1');
  });
});
