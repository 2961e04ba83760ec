import type { JSX } from 'preact';
import type { Bound, Options } from '../../spec/index.ts';
import { optionNames } from './address.ts';

const spelled = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** The bound of the search: what it covers, and what the environment may do. */
export function Controls({
  bound,
  isBusy,
  onChange,
  onCheck,
  onStop,
}: {
  bound: Bound;
  isBusy: boolean;
  onChange: (bound: Bound) => void;
  onCheck: () => void;
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
          const value = Number(event.currentTarget.value);
          if (Number.isInteger(value) && value >= min && value <= max) onChange({ ...bound, [name]: value });
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
        else onCheck();
      }}
    >
      {number('containers', 1, 2)}
      {number('execs', 0, 3)}
      <fieldset>
        <legend>what the environment may do</legend>
        {optionNames.map(option)}
      </fieldset>
      <button type="submit" class="main">
        {isBusy ? 'Stop' : 'Check every revision'}
      </button>
    </form>
  );
}
