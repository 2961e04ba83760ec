import type { JSX } from 'preact';
import { environmentOptions, extentRanges } from '../../render/bound.ts';
import type { Bound } from '../../spec/index.ts';

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
  const number = (name: 'containers' | 'execs'): JSX.Element => {
    const { min, max } = extentRanges[name];
    return (
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
  };
  const option = ([name, key]: (typeof environmentOptions)[number]): JSX.Element => (
    <label key={name} class="option">
      <input
        type="checkbox"
        checked={bound[key]}
        onChange={(event) => onChange({ ...bound, [key]: event.currentTarget.checked })}
      />
      {name}
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
      {number('containers')}
      {number('execs')}
      <fieldset>
        <legend>what the environment may do</legend>
        {environmentOptions.map(option)}
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
