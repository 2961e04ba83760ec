import type { JSX } from 'preact';
import { boundText, environmentOptions, extentRanges, roadOptions, roadTexts } from '../../render/bound.ts';
import type { Bound, Options, RoadOptions } from '../../spec/index.ts';
import { slugs } from './checker.ts';

/** What each option switches on. */
const meanings: Readonly<Record<keyof Options, string>> = {
  sharedPidNamespace: 'The processes of a container do not die with its init.',
  runcFails: 'runc create, start, exec and delete may fail, before or after they forked.',
  kill: 'Clients send Kill, at any time.',
  wait: 'Clients send Wait, at any time.',
  delete: 'Clients send Delete, at any time.',
  execOnCreated: 'Clients add and start execs while the container is only created.',
  earlyCalls: 'Clients send calls about a process while the call that makes it is in flight.',
  reparented: 'The shim reaps a child that it did not start as a container process.',
  pidReuse: 'The kernel gives a pid to a new process once its old one was reaped.',
  shutdown: 'A client sends Shutdown, at any time.',
  again: 'Clients send every call but Create and Shutdown twice: one after the other, or overlapping.',
};

const meaningOf = (key: keyof Options | keyof RoadOptions): string =>
  key in meanings ? meanings[key as keyof Options] : sentence(roadTexts[key as keyof RoadOptions]);

function sentence(text: string): string {
  return `${text.replace(/^[a-z](?!\.)/, (letter) => letter.toUpperCase())}.`;
}

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
  onChange: (change: { readonly bound: Bound } | { readonly revision: string }) => void;
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
            onChange({ bound: { ...bound, [name]: within } });
          }}
        />
      </label>
    );
  };
  const option = ([name, key]: readonly [string, keyof Options | keyof RoadOptions]): JSX.Element => (
    <div key={name} class="option">
      <label>
        <input
          type="checkbox"
          checked={bound[key] === true}
          aria-describedby={`about-${name}`}
          onChange={(event) => onChange({ bound: { ...bound, [key]: event.currentTarget.checked } })}
        />
        {name}
      </label>
      <p id={`about-${name}`} class="soft">
        {meaningOf(key)}
      </p>
    </div>
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
      <details>
        <summary>
          Settings: <span class="soft">{boundText(bound).replace(/; without .*/, '')}</span>
        </summary>
        <p class="bar">
          {number('containers')}
          {number('execs')}
        </p>
        <fieldset>
          <legend>What the environment may do besides</legend>
          {environmentOptions.map(option)}
        </fieldset>
        <fieldset>
          <legend>Which parts of an event's road it has: each multiplies the states</legend>
          {roadOptions.map(option)}
        </fieldset>
      </details>
      <p class="bar">
        <button type="submit" class="main">
          {isBusy ? 'Stop' : 'Check every revision'}
        </button>
        <button type="button" disabled={isBusy} onClick={() => onCheck(true)}>
          Check {revision} alone
        </button>
        <label>
          revision{' '}
          <select value={revision} onChange={(event) => onChange({ revision: event.currentTarget.value })}>
            {slugs.map((slug) => (
              <option key={slug}>{slug}</option>
            ))}
          </select>
        </label>
      </p>
    </form>
  );
}
