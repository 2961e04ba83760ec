import type { JSX } from 'preact';
import type { Bound, Options } from '../../spec/index.ts';
import { containersMax, execsMax, optionNames } from './address.ts';

const spelled = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The bound of the search: what it covers, and what the environment may do. */
export function Controls({
  bound,
  revision,
  isBusy,
  onChange,
  onCheck,
  onStop,
}: {
  bound: Bound;
  revision: string;
  isBusy: boolean;
  onChange: (bound: Bound) => void;
  /** Checks one revision, or every one. */
  onCheck: (isOne: boolean) => void;
  onStop: () => void;
}): JSX.Element {
  const number = (name: 'containers' | 'execs', min: number, max: number): JSX.Element => (
    <label>
      {name}
      <input
        type="number"
        min={min}
        max={max}
        value={bound[name]}
        onInput={(event) => {
          const { value } = event.currentTarget;
          if (value === '') return;
          const within = Math.min(Math.max(Math.trunc(Number(value)), min), max);
          event.currentTarget.value = String(within);
          onChange({ ...bound, [name]: within });
        }}
      />
    </label>
  );
  const option = (name: keyof Options): JSX.Element => (
    <label key={name} class="option">
      <input
        type="checkbox"
        checked={bound[name]}
        onChange={(event) => onChange({ ...bound, [name]: event.currentTarget.checked })}
      />
      {spelled(name)}
    </label>
  );
  return (
    <form
      class="controls"
      onSubmit={(event) => {
        event.preventDefault();
        if (isBusy) onStop();
        else onCheck(false);
      }}
    >
      {number('containers', 1, containersMax)}
      {number('execs', 0, execsMax)}
      <fieldset>
        <legend>what the environment may do</legend>
        {optionNames.map(option)}
      </fieldset>
      <button type="submit" class="main">
        {isBusy ? 'Stop' : 'Check every revision'}
      </button>
      <button type="button" disabled={isBusy} onClick={() => onCheck(true)}>
        Check {revision} alone
      </button>
    </form>
  );
}
