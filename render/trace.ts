import type { Colors } from 'picocolors/types.js';
import type { Event } from '../spec/index.ts';
import type { Story, StoryStep } from './story.ts';

/** A trace for a terminal: one line a step, a lane for each thread, the state's change and the event below it. */
export function storyText(story: Story, c: Colors): string {
  const lanes = [...new Set(story.steps.map((step) => step.lane))];
  const laneWidth = Math.max(...lanes.map((lane) => lane.length), 0);
  const last = new Map(story.steps.map((step, i) => [step.lane, i]));
  const stuck = new Set(story.blocked.map((b) => b.thread));
  const textWidth = Math.max(...story.steps.map((step) => step.text.length), 0);
  const begun = new Set<string>();
  const lines = story.steps.flatMap((step, i) => {
    begun.add(step.lane);
    const open = (lane: string): boolean => begun.has(lane) && (i < (last.get(lane) ?? 0) || stuck.has(lane));
    const dots = lanes.map((lane) => (lane === step.lane ? c.bold('●') : open(lane) ? '│' : ' ')).join(' ');
    const bars = lanes.map((lane) => (open(lane) ? '│' : ' ')).join(' ');
    const head = `${String(i + 1).padStart(4)}  ${dots}  ${c.cyan(step.lane.padEnd(laneWidth))}  ${step.text.padEnd(textWidth)}`;
    return [`${head}  ${c.dim(shortSource(step))}`.trimEnd(), ...below(step, bars, laneWidth, c)];
  });
  return [...lines, ...traceEnding(story, c)].join('\n');
}

function below(step: StoryStep, bars: string, laneWidth: number, c: Colors): string[] {
  const indent = `      ${bars}  ${' '.repeat(laneWidth)}    `;
  return [
    ...step.changes.map((change) => `${indent}${c.dim(change)}`),
    ...step.events.map((event) => `${indent}${c.yellow(`▶ ${eventText(event)}`)}`),
  ];
}

/** `service.go:611-630`, short for the link that JSON has whole. */
function shortSource(step: StoryStep): string {
  const [, file, from, to] = /\/([^/]+\.go)#L(\d+)(?:-L(\d+))?$/.exec(step.source ?? '') ?? [];
  return file ? `${file}:${from}${to ? `-${to}` : ''}` : '';
}

function traceEnding(story: Story, c: Colors): string[] {
  const log = story.events.map(eventText).join(', ');
  const stuck = story.blocked.map((b) => `        ${c.cyan(b.thread)} is ${c.bold(b.because)} (at ${b.at})`);
  return [
    '',
    `  events: ${log || 'none'}`,
    ...story.breaks.map((b) => `  ${c.red('breaks')} '${b.property}' (${b.subject}) after step ${b.step}`),
    ...(stuck.length > 0 ? ['  waiting at the end:', ...stuck] : []),
    `  replay: ${story.replayCommand}`,
  ];
}

const topicNames: Readonly<Record<Event['topic'], string>> = {
  create: 'TaskCreate',
  start: 'TaskStart',
  'exec-added': 'TaskExecAdded',
  'exec-started': 'TaskExecStarted',
  exit: 'TaskExit',
  delete: 'TaskDelete',
  oom: 'TaskOOM',
};

/** `TaskExit c1 pid 100`, with the true owner of the exit where it is another. */
export function eventText({ topic, process, pid, of }: Event): string {
  const stolen = of !== undefined && of !== process ? ` (the exit of ${of})` : '';
  return `${topicNames[topic]} ${process}${pid ? ` pid ${pid}` : ''}${stolen}`;
}
