import { type JSX, render } from 'preact';
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { revisions } from '../../spec/index.ts';
import { type PageState, type Preset, toHash } from './address.ts';
import { slugs, useChecker } from './checker.ts';
import { Controls } from './controls.tsx';
import { Graph } from './graph.tsx';
import { Matrix } from './matrix.tsx';
import { Stepper } from './stepper.tsx';
import { useView } from './view.ts';
import { hasPath, pathOf, walkAt, wholePathOf } from './walk.ts';

/** Put here by the build, which lets the checker find them. */
declare const presets: readonly Preset[];
/** The address of the site that the page belongs to; null where it stands alone. */
declare const siteHome: string | null;

function App(): JSX.Element {
  const { view, unknown, move, turn } = useView(presets[0]?.hash ?? '');
  const { columns, running, failure, check, stop } = useChecker(view.bound);
  const [isGraphShown, setGraphShown] = useState(false);
  const revision = revisions.find(({ slug }) => slug === view.revision) ?? revisions[0];

  const whole = useMemo(() => {
    try {
      return revision ? wholePathOf(revision, view.bound, view.path) : null;
    } catch (error) {
      return (error as Error).message;
    }
  }, [revision, view.bound, view.path]);
  const walk = useMemo(
    () => (whole && typeof whole !== 'string' ? walkAt(whole, view.at) : whole),
    [whole, view.at],
  );
  const go = (to: (view: PageState) => number): void =>
    move((now) => ({ ...now, at: Math.min(Math.max(to(now), 0), now.path.length) }));
  const take = (choice: number): void =>
    turn((now) => {
      const path = [...now.path.slice(0, now.at), choice];
      const next = { ...now, path, at: path.length, rule: null };
      return isPath(next) ? next : now;
    });
  const open = (slug: string, labels: readonly string[], at: number, rule: string | null): void => {
    const found = revisions.find((each) => each.slug === slug);
    if (!found) return;
    turn((now) => ({ ...now, revision: slug, path: pathOf(found, now.bound, labels), at, rule }));
    document.getElementById('walk')?.scrollIntoView({ block: 'start' });
  };
  // Before the first paint: a key that is pressed as the page appears is not lost.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (
        event.target instanceof HTMLInputElement ||
        event.target instanceof HTMLSelectElement ||
        (event.target instanceof Element && event.target.matches('.wide')) ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey
      )
        return;
      const moves: Record<string, (now: PageState) => number> = {
        ArrowLeft: ({ at }) => at - 1,
        ArrowRight: ({ at }) => at + 1,
        Home: () => 0,
        End: ({ path }) => path.length,
      };
      const to = moves[event.key];
      if (to !== undefined) {
        event.preventDefault();
        go(to);
      } else if (/^[1-9]$/.test(event.key)) {
        take(Number(event.key) - 1);
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  // A search tells of itself many times a second: what it does not change is not drawn anew.
  const stepper = useMemo(
    () =>
      walk && typeof walk !== 'string' ? (
        <Stepper
          walk={walk}
          view={view}
          onGo={(at) => go(() => at)}
          onTake={(choice) => {
            // The button goes with the state: the reader stays at the walk.
            document.getElementById('walk')?.focus({ preventScroll: true });
            take(choice);
          }}
        />
      ) : null,
    [walk, view],
  );

  return (
    <main>
      <header>
        {siteHome === null ? null : <a href={siteHome}>shim-spec</a>}
        <h1>In which order may a shim publish that a process started and that it exited?</h1>
        <p>
          The checker of shim-spec, in this page. Open a counterexample and walk through it, take steps of
          your own, or check every revision of containerd's algorithm within other settings.
        </p>
      </header>
      <Presets opened={view} />
      <Controls
        bound={view.bound}
        isBusy={running !== null}
        revision={view.revision}
        onChange={(change) => turn((now) => ({ ...now, ...change, path: [], at: 0, rule: null }))}
        onCheck={(isOne) => check(isOne ? [view.revision] : slugs)}
        onStop={stop}
      />
      {unknown.length > 0 ? <p class="bad">Parts of this link are not used: {unknown.join('; ')}</p> : null}
      <p role="status" class="soft">
        {running
          ? `${running.revision}: ${running.states.toLocaleString('en-US')} states, depth ${running.depth}`
          : failure}
      </p>
      {columns.size > 0 || running ? (
        <Matrix
          revisions={slugs}
          columns={columns}
          running={running}
          opened={view}
          onOpen={(slug, rule, labels) => open(slug, labels, 0, rule)}
        />
      ) : null}
      {typeof walk === 'string' ? <p class="bad">This link does not fit these settings: {walk}</p> : stepper}
      <section aria-labelledby="graph">
        <h2 id="graph">Every state</h2>
        <p>
          <button type="button" aria-pressed={isGraphShown} onClick={() => setGraphShown(!isGraphShown)}>
            {isGraphShown ? 'hide the state graph' : 'show the state graph'}
          </button>
        </p>
        {isGraphShown && revision && walk && typeof walk !== 'string' ? (
          <Graph
            revision={revision}
            bound={view.bound}
            here={walk.labels.slice(0, view.at)}
            onOpen={(labels) => open(view.revision, labels, labels.length, null)}
          />
        ) : null}
      </section>
    </main>
  );
}

/** Paths that are worth a look, each a link. */
function Presets({ opened }: { opened: PageState }): JSX.Element {
  const pathIn = (hash: string): string => hash.split('&at=')[0] ?? '';
  return (
    <nav aria-label="Counterexamples to begin with">
      <ul class="presets">
        {presets.map(({ title, text, hash }) => (
          <li key={hash}>
            <a href={hash} aria-current={pathIn(hash) === pathIn(toHash(opened)) ? 'true' : undefined}>
              {title}
            </a>{' '}
            <span class="soft">{text}</span>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Whether the model has the view's path. */
function isPath(view: PageState): boolean {
  const revision = revisions.find(({ slug }) => slug === view.revision);
  return revision !== undefined && hasPath(revision, view);
}

const root = document.getElementById('app');
if (root) render(<App />, root);
