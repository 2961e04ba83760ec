/** What a step changed, as lines like `mu = create c1`: new values by path. */
export function changesOf(before: object, after: object): string[] {
  return changedLines(before, after, []);
}

/** What a trace shows in another way: program counters as lanes, the log as events. */
const shownElsewhere = new Set(['pc', 'runc', 'published', 'events']);

function changedLines(before: unknown, after: unknown, path: readonly string[]): string[] {
  if (before === after) return [];
  if (isTree(before) && isTree(after)) {
    return Object.keys(after)
      .filter((key) => !shownElsewhere.has(key))
      .flatMap((key) => changedLines(before[key], after[key], [...path, key]));
  }
  const line = `${pathText(path)} = ${valueText(after)}`;
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [line];
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * `running`, 100 → `running[100]`; `processes`, c1, state → `processes[c1].state`.
 *
 * @param rename what to call a key instead
 */
export function pathText(path: readonly string[], rename: (key: string) => string = (key) => key): string {
  return path
    .map((key, i) => {
      if (i === 0) return key;
      const isField = /^[a-z]\w*$/i.test(key) && !/^c\d+$/.test(key) && key !== 'foreign';
      return isField ? `.${key}` : `[${rename(key)}]`;
    })
    .join('');
}

export function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (isTree(value)) {
    if ('time' in value && 'topic' in value) return `${value.topic} of ${value.process}`;
    if (value.of === 'runc kill') return 'exit of runc kill';
    return 'pid' in value && 'of' in value ? `exit of pid ${value.pid}` : JSON.stringify(value);
  }
  return value === null ? 'nil' : String(value);
}
