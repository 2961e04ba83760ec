import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Story } from '../../render/story.ts';
import { storyMermaid } from '../../render/story-svg.ts';
import { eventText } from '../../render/trace.ts';
import type { Blocked } from '../../spec/index.ts';
import { type PageState, toHash } from './address.ts';
import { CopyLink } from './copy-link.tsx';
import { DiagramPanel } from './diagram.tsx';
import { changedParts, groupsOf, type Part } from './state-parts.ts';
import { PartLine, StateView } from './state-view.tsx';
import type { Choice, Walk } from './walk.ts';

type Step = Story['steps'][number];

/** Steps through a path, back and forward, or off it: the diagram, what the step changed, and what can come next. */
export function Stepper({
  walk,
  view,
  onGo,
  onTake,
}: {
  walk: Walk;
  view: PageState;
  onGo: (at: number) => void;
  onTake: (choice: number) => void;
}): JSX.Element {
  const { story, initial, state, before, choices, broken, waiting, isDeadlock } = walk;
  const { revision, at, path } = view;
  const groups = useMemo(() => groupsOf({ initial, before, now: state }), [walk]);
  const step = story.steps[at - 1];
  const rule = (story.breaks.find(({ property }) => property === view.rule) ?? story.breaks[0])?.property;
  const name = rule === undefined ? revision : `${revision} breaks '${rule}'`;
  return (
    <section aria-labelledby="walk">
      <h2 id="walk" tabIndex={-1}>
        {name}: step {at} of {path.length}
      </h2>
      <p class="bar">
        <Move name="begin" isOff={at === 0} onMove={() => onGo(0)} />
        <Move name="◀ back" isOff={at === 0} onMove={() => onGo(at - 1)} />
        <Move name="forward ▶" isOff={at === path.length} onMove={() => onGo(at + 1)} />
        <Move name="end" isOff={at === path.length} onMove={() => onGo(path.length)} />
        <CopyLink hash={toHash(view)} />
        <span class="soft">keys: ← → home end; 1 to 9 for what can come next</span>
      </p>
      <div class="walk">
        <div class="now">
          <StepLine step={step} at={at} />
          <div role="status">
            {broken.length > 0 ? <p class="bad broken">broken: {broken.join('; ')}</p> : null}
          </div>
          <Waiting waiting={waiting} isDeadlock={isDeadlock} />
        </div>
        <DiagramPanel story={story} title={name} at={at} onGo={onGo} />
        <div class="beside">
          {step ? <Changes parts={changedParts(groups)} events={step.events.map(eventText)} /> : null}
          <Choices choices={choices} onTake={onTake} />
        </div>
      </div>
      <StateView
        groups={groups}
        waiting={waiting}
        events={(state.events ?? []).map(eventText)}
        published={step?.events.length ?? 0}
      />
      <h3>Take it with you</h3>
      <p>
        The same in a terminal: <code>{story.replayCommand}</code>
      </p>
      <details>
        <summary>The path as text for mermaid</summary>
        <pre tabIndex={0}>{storyMermaid(story)}</pre>
      </details>
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

function StepLine({ step, at }: { step: Step | undefined; at: number }): JSX.Element {
  if (!step)
    return (
      <p class="step" aria-live="polite">
        Nothing has happened yet.
      </p>
    );
  const { lane, text, source } = step;
  return (
    <p class="step" aria-live="polite">
      <span class="soft">{at}</span> <strong>{lane}</strong> {text}{' '}
      {source ? <a href={source}>{shortOf(source)}</a> : null}
    </p>
  );
}

/** Who cannot go on, and why: at a deadlock that is the whole story. */
function Waiting({
  waiting,
  isDeadlock,
}: {
  waiting: readonly Blocked[];
  isDeadlock: boolean;
}): JSX.Element | null {
  if (waiting.length === 0) return null;
  return (
    <section class={isDeadlock ? 'waiting deadlock' : 'waiting'} aria-labelledby="waiting">
      <h3 id="waiting">{isDeadlock ? 'Who waits for what, for ever' : 'Who waits for what'}</h3>
      <ul class="parts">
        {waiting.map(({ thread, at, because }) => (
          <li key={thread}>
            <b>{thread}</b> is {because} (at {at})
          </li>
        ))}
      </ul>
    </section>
  );
}

function Changes({ parts, events }: { parts: readonly Part[]; events: readonly string[] }): JSX.Element {
  return (
    <section aria-labelledby="changes">
      <h3 id="changes">What the step changed</h3>
      <ul class="parts">
        {events.map((event) => (
          <li key={event} class="good">
            ▶ {event}
          </li>
        ))}
        {parts.map((part) => (
          <PartLine key={part.name} part={part} because={null} />
        ))}
        {parts.length + events.length === 0 ? <li>nothing: the state is as before</li> : null}
      </ul>
    </section>
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
    <section aria-labelledby="choices">
      <h3 id="choices">What can come next</h3>
      <ul class="choices">
        {choices.map(({ label, lane, text, breaks }, i) => (
          <li key={label}>
            <button type="button" class={breaks.length > 0 ? 'bad' : ''} onClick={() => onTake(i)}>
              {i < 9 ? <kbd>{i + 1}</kbd> : null} <strong>{lane}</strong> {text}
              {breaks.length > 0 ? <em> breaks {breaks.join('; ')}</em> : null}
            </button>
          </li>
        ))}
        {choices.length === 0 ? <li>nothing: no step is left to anybody</li> : null}
      </ul>
    </section>
  );
}

function shortOf(source: string): string {
  return source.replace(/^.*\//, '').replace('#L', ':').replace('-L', '-');
}
