/** A bound in words: in a sentence, and as the flags that give it again. */
import type { Bound, Options } from '../spec/index.ts';

/** What `--with` takes, and the option that it switches on. */
export const optionOf: Readonly<Record<string, keyof Options>> = {
  'shared-pid-namespace': 'sharedPidNamespace',
  'runc-fails': 'runcFails',
  kill: 'kill',
  wait: 'wait',
  delete: 'delete',
  'exec-on-created': 'execOnCreated',
  'early-calls': 'earlyCalls',
  reparented: 'reparented',
  'pid-reuse': 'pidReuse',
  shutdown: 'shutdown',
  again: 'again',
};

export const optionNames: readonly string[] = Object.keys(optionOf);

/** The options that are on, and those that are off, by their names on the command line. */
function optionsOf(bound: Bound): { on: string[]; off: string[] } {
  const isOn = (name: string): boolean => bound[optionOf[name] as keyof Options];
  return { on: optionNames.filter(isOn), off: optionNames.filter((name) => !isOn(name)) };
}

/** The flags that give `bound` again. */
export function boundFlags(bound: Bound): string {
  const { on } = optionsOf(bound);
  return `--containers ${bound.containers} --execs ${bound.execs} --with ${on.join(',') || 'none'}`;
}

/** `1 container × 2 execs, with delete; without kill, wait`. */
export function boundText(bound: Bound): string {
  const { on, off } = optionsOf(bound);
  const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
  const extent = `${many(bound.containers, 'container')} × ${many(bound.execs, 'exec')}`;
  return `${extent}, with ${on.join(', ') || 'no option'}${off.length > 0 ? `; without ${off.join(', ')}` : ''}`;
}
