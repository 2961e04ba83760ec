/**
 * What a command sees of the process that runs it. A search keeps its thread busy, so a command has a thread of its own;
 * the main thread (host.ts) hears the signals and is the only one that writes:
 *
 * ```text
 *   main thread ── interrupted (shared integer, and a message) ──► command
 *   main thread ◄── result, complaint, status ──────────────────── command
 * ```
 */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

/** What the thread of a command is started with. */
export interface SessionData {
  /** One integer: how often the user has asked to stop. */
  readonly interrupts: Int32Array;
  /** Whether standard output is a terminal. */
  readonly isTerminal: boolean;
  /** Its width. */
  readonly columns: number;
}

/** What a command tells the main thread. */
export type Told =
  | { readonly kind: 'result'; readonly text: string }
  | { readonly kind: 'complaint'; readonly text: string }
  /** It has run to its end. */
  | { readonly kind: 'end' }
  /** What it does now: for a terminal, in place of the status before. */
  | { readonly kind: 'status'; readonly text: string };

const data = isMainThread ? null : (workerData as SessionData);

/** Whether standard output is a terminal. */
export const isTerminal: boolean = data?.isTerminal ?? false;

/** The width of the terminal; 80 where there is none. */
export const columns: number = data?.columns ?? 80;

/** Whether the user has asked to stop. A command asks some times a second, and then prints what it has. */
export function isInterrupted(): boolean {
  return data !== null && Atomics.load(data.interrupts, 0) > 0;
}

/** What a thread that a command starts is given, so that it stops with the command. */
export function searchSession(): SessionData {
  return { interrupts: data?.interrupts ?? new Int32Array(1), isTerminal: false, columns };
}

/** Aborted when the user asks to stop; for a command that waits, and does not keep its thread busy. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  parentPort?.once('message', () => controller.abort());
  parentPort?.unref();
  if (isInterrupted()) controller.abort();
  return controller.signal;
}

/** Writes to standard output. */
export function printResult(text: string): void {
  tell({ kind: 'result', text });
}

/** Writes to standard error. */
export function printComplaint(text: string): void {
  tell({ kind: 'complaint', text });
}

/** Says what the command does now. */
export function showStatus(text: string): void {
  tell({ kind: 'status', text });
}

/** Says that the command has run to its end. */
export function tellEnd(): void {
  tell({ kind: 'end' });
}

function tell(told: Told): void {
  parentPort?.postMessage(told);
}
