import { fromLabels, replay } from '../../checker/replay.ts';
import type { Story } from '../../render/story.ts';
import { type Bound, type Revision, tracedModelOf } from '../../spec/index.ts';

/**
 * A trace in the Informal Trace Format, which Quint's and Apalache's tools read: each state whole, with the action that
 * led to it.
 *
 * @source https://apalache-mc.org/docs/adr/015adr-trace.html
 */
export function storyItf(revision: Revision, bound: Bound, property: string, story: Story): object {
  const model = tracedModelOf(revision, bound);
  const labels = story.steps.map(({ action }) => action);
  const states = [model.initial, ...replay(model, fromLabels(model, labels)).map(({ after }) => after)];
  return {
    '#meta': {
      format: 'ITF',
      'format-description': 'https://apalache-mc.org/docs/adr/015adr-trace.html',
      source: revision.slug,
      status: 'violation',
      description: `a counterexample of '${property}'`,
    },
    vars: ['mbt::actionTaken', ...Object.keys(model.initial)],
    states: states.map((state, index) => ({
      '#meta': { index },
      'mbt::actionTaken': index === 0 ? 'init' : labels[index - 1],
      ...(itfOf(state) as object),
    })),
  };
}

/** A value in ITF: numbers by their digits, tables with numbers as keys as maps, null as unserializable. */
function itfOf(value: unknown): unknown {
  if (typeof value === 'number') return { '#bigint': String(value) };
  if (value === null) return { '#unserializable': 'null' };
  if (Array.isArray(value)) return value.map(itfOf);
  if (typeof value !== 'object') return value;
  const entries = Object.entries(value as object);
  if (entries.length > 0 && entries.every(([key]) => /^\d+$/.test(key)))
    return { '#map': entries.map(([key, each]) => [{ '#bigint': key }, itfOf(each)]) };
  return Object.fromEntries(entries.map(([key, each]) => [key, itfOf(each)]));
}
