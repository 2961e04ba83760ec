import type { JSX } from 'preact';
import type { Blocked } from '../../spec/index.ts';
import type { Group, Part } from './state-parts.ts';

/** The state in groups: what is in use, and one line for what is at rest. */
export function StateView({
  groups,
  waiting,
  events,
  published,
}: {
  groups: readonly Group[];
  waiting: readonly Blocked[];
  events: readonly string[];
  /** How many of the events the last step has published. */
  published: number;
}): JSX.Element {
  return (
    <section aria-labelledby="state">
      <h3 id="state">The state</h3>
      <div class="groups">
        {groups.map(({ title, parts, folds }) => (
          <section key={title} aria-label={title} class="group">
            <h4>{title}</h4>
            <ul class="parts">
              {parts.map((part) => (
                <PartLine
                  key={part.name}
                  part={part}
                  because={waiting.find(({ thread }) => thread === part.name)?.because ?? null}
                />
              ))}
            </ul>
            {folds.map(({ summary, names }) => (
              <details key={summary}>
                <summary>{summary}</summary>
                <p class="code">{names.join(', ')}</p>
              </details>
            ))}
          </section>
        ))}
        <section aria-label="Published" class="group">
          <h4>Published</h4>
          <ol class="parts">
            {events.map((event, i) => (
              <li key={`${i} ${event}`} class={i >= events.length - published ? 'changed' : ''}>
                {event}
              </li>
            ))}
          </ol>
          {events.length === 0 ? <p class="soft">nothing yet</p> : null}
        </section>
      </div>
    </section>
  );
}

/** A part of the state; what the step changed is marked, with what it was. */
export function PartLine({ part, because }: { part: Part; because: string | null }): JSX.Element {
  const { name, value, was } = part;
  return (
    <li class={was === null ? '' : 'changed'}>
      <b>{name}</b>{' '}
      {was === null ? null : (
        <>
          <s>{was}</s> <span aria-hidden="true">→</span>{' '}
        </>
      )}
      {value}
      {because === null ? null : <span class="bad">, {because}</span>}
    </li>
  );
}
