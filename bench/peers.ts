/** Other checkers on the same models: the same abstraction, and so the same states and steps. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const models = fileURLToPath(new URL('../../bench/peers/', import.meta.url));

/** What one run of a checker came to. */
export interface Measured {
  readonly states: number;
  readonly transitions: number;
  readonly elapsedMs: number;
  readonly bytes: number;
  /** Of ours: what ended it early, if anything did. */
  readonly stoppedBy?: string | null;
}

/** A way to run a peer. */
export interface Peer {
  readonly name: string;
  readonly run: () => Measured;
}

/** Runs a command. @throws Error where it fails, with what it wrote */
export function command(name: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(name, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${name} ${args.join(' ')} failed with ${status}: ${stderr || stdout}`);
  return stdout;
}

const numberIn = (text: string, pattern: RegExp): number =>
  Number(pattern.exec(text)?.[1]?.replaceAll(',', ''));

/** A model that bench/peers has in several languages, with the macros that set its bound. */
export interface PeerModel {
  readonly name: 'two-phase-commit' | 'early-exits' | 'main';
  readonly flags: readonly string[];
  /** What gives SPIN's hash table some four slots a state or more, in bits: what it does not need it pays for in page faults. */
  readonly slotBits: number;
}

/** A folder for one way to run a model, with every file of bench/peers in it. */
function folderOf({ name }: PeerModel, folder: string, way: string): string {
  const own = join(folder, `${name}, ${way}`);
  cpSync(models, own, { recursive: true });
  return own;
}

/** SPIN's exact searches, compiled with `-O2` and without partial-order reduction: whole states, COLLAPSE, two cores. */
export function spins(folder: string, model: PeerModel): Peer[] {
  const ways = { 'full search': [], COLLAPSE: ['-DCOLLAPSE'], '2 cores': ['-DNCORE=2', '-DMEMLIM=8000'] };
  return Object.entries(ways).map(([way, flags]) => {
    const name = `SPIN, ${way}`;
    const own = folderOf(model, folder, name);
    // A variable that is only written would be hidden, and states that differ in it be one.
    command('spin', ['-o2', ...model.flags, '-a', `${model.name}.pml`], own);
    command('gcc', ['-O2', '-w', '-DSAFETY', '-DNOREDUCE', ...flags, '-o', 'pan', 'pan.c'], own);
    return { name, run: () => spun(command('./pan', ['-m100000', `-w${model.slotBits}`, '-E', '-n'], own)) };
  });
}

/** rumur's searches with two threads, without its reductions: states packed into bits, and not. */
export function rumurs(folder: string, model: PeerModel): Peer[] {
  const exact = ['--symmetry-reduction', 'off', '--deadlock-detection', 'off', '--threads', '2'];
  return ['on', 'off'].map((packs) => {
    const name = `rumur, 2 threads, packing ${packs}`;
    const own = folderOf(model, folder, name);
    command('gcc', ['-E', '-P', '-x', 'c', ...model.flags, '-o', 'model.m', `${model.name}.m`], own);
    command('rumur', [...exact, '--pack-state', packs, '-o', 'model.c', 'model.m'], own);
    command('gcc', ['-std=gnu11', '-O3', '-march=native', '-w', '-o', 'model', 'model.c', '-lpthread'], own);
    return { name, run: () => rumured(own) };
  });
}

/** rumur tells whole seconds; so this is the time of its process, which begins at once. */
function rumured(folder: string): Measured {
  const begin = performance.now();
  const out = command('./model', [], folder);
  const elapsedMs = performance.now() - begin;
  const [, states = '', transitions = ''] = /(\d+) states, (\d+) rules fired in/.exec(out) ?? [];
  return { states: Number(states), transitions: Number(transitions), elapsedMs, bytes: 0 };
}

function spun(out: string): Measured {
  return {
    states: numberIn(out, /(\d+) states, stored/),
    // pan counts the initial state as a transition, too.
    transitions: numberIn(out, /([\d.e+]+) transitions/) - 1,
    elapsedMs: 1000 * numberIn(out, /elapsed time ([\d.]+)/),
    bytes: 0,
  };
}

/** TLC with two workers. @param jar the path of a tla2tools.jar */
export function tlc(jar: string, folder: string, managers: number): Peer {
  const own = join(folder, 'tlc');
  mkdirSync(own);
  copyFileSync(join(models, 'TwoPhaseCommit.tla'), join(own, 'TwoPhaseCommit.tla'));
  const rms = Array.from({ length: managers }, (_, i) => `rm${i + 1}`).join(', ');
  writeFileSync(
    join(own, 'TwoPhaseCommit.cfg'),
    `CONSTANT RM = {${rms}}\nSPECIFICATION Spec\nCHECK_DEADLOCK FALSE\n`,
  );
  // It keeps its files in this folder, and sends no statistics.
  mkdirSync(join(own, '.tlaplus'));
  writeFileSync(join(own, '.tlaplus/esc.txt'), 'NO_STATISTICS\n');
  const java = ['-XX:+UseParallelGC', `-Djava.io.tmpdir=${own}`, `-Duser.home=${own}`, '-cp', jar];
  const args = [...java, 'tlc2.TLC', '-workers', '2', 'TwoPhaseCommit'];
  return {
    name: 'TLC, 2 workers',
    run: () => {
      const begin = performance.now();
      const out = command('java', args, own);
      const elapsedMs = performance.now() - begin;
      const [, generated = '', distinct = ''] = /^(\d+) states generated, (\d+) distinct/m.exec(out) ?? [];
      // TLC counts the initial state as generated, too.
      return { states: Number(distinct), transitions: Number(generated) - 1, elapsedMs, bytes: 0 };
    },
  };
}
