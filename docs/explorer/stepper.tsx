import type { JSX } from 'preact';
import { storyMermaid, storySvg } from '../../render/story-svg.ts';
import { eventText } from '../../render/trace.ts';
import type { View } from './address.ts';
import type { Choice, Walk } from './walk.ts';

/** Steps through a path, back and forward, or off it: the Go line, the state and its changes, and what can come next. */
export function Stepper({
  walk,
  view,
  onGo,
  onTake,
}: {
  walk: Walk;
  view: View;
  onGo: (at: number) => void;
  onTake: (choice: number) => void;
}): JSX.Element {
  const { story, state, before, choices, broken } = walk;
  const { at, path } = view;
  const step = story.steps[at - 1];
  return (
    <section aria-labelledby="walk">
      <h2 id="walk" tabIndex={-1}>
        {view.revision}: step {at} of {path.length}
      </h2>
      <p class="bar">
        <Move name="begin" isOff={at === 0} onMove={() => onGo(0)} />
        <Move name="◀ back" isOff={at === 0} onMove={() => onGo(at - 1)} />
        <Move name="forward ▶" isOff={at === path.length} onMove={() => onGo(at + 1)} />
        <Move name="end" isOff={at === path.length} onMove={() => onGo(path.length)} />
        <span class="soft">keys: ← → home end, 1 to 9 for the steps below</span>
      </p>
      <p class="step" aria-live="polite">
        {step ? (
          <>
            <strong>{step.lane}</strong> {step.text}{' '}
            {step.source ? <a href={step.source}>{shortOf(step.source)}</a> : null}
          </>
        ) : (
          'Nothing has happened yet.'
        )}
      </p>
      <div role="status">
        {broken.length > 0 ? <p class="bad broken">broken: {broken.join('; ')}</p> : null}
      </div>
      <div class="columns">
        <Choices choices={choices} onTake={onTake} />
        <div>
          <h3>what the step changed</h3>
          <ul class="code">
            {step?.changes.length ? (
              step.changes.map((line) => <li key={line}>{line}</li>)
            ) : (
              <li>nothing in the tables</li>
            )}
          </ul>
          <h3>events</h3>
          <ol class="code">
            {(state.events ?? []).map((event, i) => (
              <li key={`${i} ${event.topic}`}>{eventText(event)}</li>
            ))}
          </ol>
        </div>
        <States before={before} after={state} />
      </div>
      <h3>the whole path</h3>
      <section
        class="wide"
        tabIndex={0}
        aria-label="Sequence diagram"
        dangerouslySetInnerHTML={{ __html: storySvg(story, `A path of ${view.revision}`) }}
      />
      <details>
        <summary>as text for mermaid</summary>
        <pre tabIndex={0}>{storyMermaid(story)}</pre>
      </details>
      <p>
        <code>{story.replayCommand}</code>
      </p>
    </section>
  );
}

/** A button that keeps the focus where it can do nothing. */
function Move({ name, isOff, onMove }: { name: string; isOff: boolean; onMove: () => void }): JSX.Element {
  return (
    <button type="button" aria-disabled={isOff} onClick={() => !isOff && onMove()}>
      {name}
    </button>
  );
}

function Choices({
  choices,
  onTake,
}: {
  choices: readonly Choice[];
  onTake: (choice: number) => void;
}): JSX.Element {
  return (
    <div>
      <h3>what can come next</h3>
      <ul class="choices">
        {choices.map(({ label, lane, text, breaks }, i) => (
          <li key={label}>
            <button type="button" class={breaks.length > 0 ? 'bad' : ''} onClick={() => onTake(i)}>
              {i < 9 ? <kbd>{i + 1}</kbd> : null} <strong>{lane}</strong> {text}
              {breaks.length > 0 ? <em> breaks {breaks.join('; ')}</em> : null}
            </button>
          </li>
        ))}
        {choices.length === 0 ? <li>nothing: the state is at rest for ever</li> : null}
      </ul>
    </div>
  );
}

/** The state before and after a step side by side, what differs marked. */
function States({ before, after }: { before: object | null; after: object }): JSX.Element {
  const old = before ? new Map(linesOf(before)) : null;
  return (
    <div>
      <h3>the state</h3>
      <section class="wide" tabIndex={0} aria-label="State before and after">
        <table class="code">
          <thead>
            <tr>
              <th scope="col">part</th>
              <th scope="col">before</th>
              <th scope="col">after</th>
            </tr>
          </thead>
          <tbody>
            {linesOf(after).map(([path, value]) => {
              const was = old?.get(path) ?? value;
              return (
                <tr key={path} class={was === value ? '' : 'changed'}>
                  <th scope="row">{path}</th>
                  <td>{was === value ? '' : was}</td>
                  <td>{value}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </section>
    </div>
  );
}

/** The ends of a state's tree by path; the log has a place of its own. */
function linesOf(state: object, path: readonly string[] = []): [string, string][] {
  return Object.entries(state).flatMap(([key, value]): [string, string][] => {
    if (path.length === 0 && ['events', 'bundles', 'published'].includes(key)) return [];
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      return linesOf(value as object, [...path, key]);
    return [[[...path, key].join('.'), JSON.stringify(value)]];
  });
}

function shortOf(source: string): string {
  return source.replace(/^.*\//, '').replace('#L', ':').replace('-L', '-');
}
