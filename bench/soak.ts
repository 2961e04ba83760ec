/** `npm run soak`: 2,000 execs over 20 containers of one reference shim, with random kills; every event is accounted for. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Subject } from '../conformance/shim/subject.ts';
import { type Dispatched, emptyState, stepped } from '../spec/index.ts';
import { busyboxRootfs } from '../test/reference/rootfs.ts';
import { random } from './random.ts';

const shim = fileURLToPath(new URL('../reference/main.sh', import.meta.url));
const containers = Array.from({ length: 20 }, (_, i) => `c${i + 1}`);
const [seedText = '1', execsText = '2000'] = process.argv.slice(2);
const execsPerContainer = Number(execsText) / containers.length;
const atOnce = 2;
const exitTimeoutMs = 60_000;
const commands = [['/bin/true'], ['/bin/sh', '-c', 'exit 3'], ['/bin/sleep', '0.05'], ['/bin/sleep', '3600']];

async function runOneExec(subject: Subject, c: string, id: string, next: () => number): Promise<void> {
  const command = commands[Math.floor(next() * commands.length)] ?? [];
  await subject.exec(c, id, command);
  await subject.startProcess(c, id);
  if (command.includes('3600') || next() < 0.3) await subject.kill(c, 9, id).catch(() => undefined);
  await subject.events.wait(
    `exit of ${c}/${id}`,
    (e) => e.topic === '/tasks/exit' && e.container === c && e.exec === id,
    exitTimeoutMs,
  );
  if (next() < 0.8) await subject.delete(c, id);
}

/** The open descriptors and resident memory of a process. */
function resourcesOf(pid: number): { fds: number; mib: number } {
  const [, kib] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { fds: readdirSync(`/proc/${pid}/fd`).length, mib: Math.round(Number(kib) / 1024) };
}

/** What is wrong with the events of a container, in words; empty for nothing. */
function faults(subject: Subject, c: string): string[] {
  const own = subject.events.seen.filter(({ container }) => container === c);
  const byExec = grouped(own);
  const wrong = [...byExec].flatMap(([id, events]) => {
    const topics = events.map(({ topic }) => topic.replace('/tasks/', '')).join(' ');
    const expected = id === '' ? 'create start exit delete' : 'exec-added exec-started exit';
    return topics === expected ? [] : [`${c}/${id}: ${topics}`];
  });
  const exits = own.filter(({ topic }) => topic === '/tasks/exit');
  const count = byExec.size - 1 === execsPerContainer ? [] : [`${c}: ${byExec.size - 1} execs were seen`];
  return [
    ...wrong,
    ...count,
    ...(exits.at(-1)?.exec === '' ? [] : [`${c}: the init's exit is not the last`]),
  ];
}

function grouped<T extends { exec: string }>(all: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) groups.set(each.exec, [...(groups.get(each.exec) ?? []), each]);
  return groups;
}

/** Takes the shim's record through the pure reducer. @returns the number of actions */
function replayRecord(record: string): number {
  const lines = record.trim().split('\n');
  let state = emptyState();
  for (const line of lines) {
    const after = stepped(state, JSON.parse(line) as Dispatched);
    if (after === null) throw new Error(`the reducer does not allow ${line}`);
    state = { ...after, events: [] };
  }
  return lines.length;
}

const rootfs = busyboxRootfs();
const records = mkdtempSync(join(tmpdir(), 'shim-spec-soak-'));
const subject = new Subject(shim, rootfs, { env: { SHIM_SPEC_RECORD: records } });
const next = random(Number(seedText));
const begin = performance.now();
try {
  await subject.start('c1');
  for (const c of containers) {
    await subject.create(c);
    await subject.startProcess(c);
  }
  const before = resourcesOf(subject.pid);
  for (let i = 0; i < execsPerContainer; i += atOnce) {
    const round = containers.flatMap((c) =>
      Array.from({ length: Math.min(atOnce, execsPerContainer - i) }, (_, k) =>
        runOneExec(subject, c, `e${i + k}`, next),
      ),
    );
    await Promise.all(round);
  }
  const after = resourcesOf(subject.pid);
  for (const c of containers) {
    await subject.kill(c, 9);
    await subject.wait(c);
    await subject.delete(c);
    await subject.events.wait(`delete of ${c}`, (e) => e.topic === '/tasks/delete' && e.container === c);
  }
  const wrong = containers.flatMap((c) => faults(subject, c));
  const actions = replayRecord(readFileSync(join(records, 'c1.ndjson'), 'utf8'));
  // Execs that are not deleted stay in the tables and take some MiB; a leak would take more.
  const leaked = after.fds > before.fds + 5 || after.mib > 1.5 * before.mib;
  process.stdout.write(
    `seed ${seedText}: ${execsPerContainer * containers.length} execs over ${containers.length} containers in ${((performance.now() - begin) / 1000).toFixed(0)} s; ${subject.events.seen.length} events, ${wrong.length} faults; ${actions} actions replayed; descriptors ${before.fds} → ${after.fds}, resident ${before.mib} → ${after.mib} MiB\n`,
  );
  for (const fault of wrong.slice(0, 20)) process.stdout.write(`${fault}\n`);
  if (wrong.length > 0 || leaked) process.exitCode = 1;
} finally {
  await subject.end();
  for (const folder of [rootfs, records]) rmSync(folder, { recursive: true });
}
