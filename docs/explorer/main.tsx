import { type JSX, render } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { revisions } from '../../spec/index.ts';
import type { View } from './address.ts';
import { Controls } from './controls.tsx';
import { Graph } from './graph.tsx';
import { Matrix, type Running } from './matrix.tsx';
import { Stepper } from './stepper.tsx';
import { useView } from './view.ts';
import { hasPath, pathOf, walkAt, wholePathOf } from './walk.ts';
import type { Column, Order, Told } from './worker.ts';

/** The worker's code, put here by the build: a page from a file may not load a worker from another file. */
declare const workerSource: string;

const slugs = revisions.map(({ slug }) => slug);
const statesMax = 3_000_000;

function App(): JSX.Element {
  const { view, unknown, move, turn } = useView();
  const [columns, setColumns] = useState<ReadonlyMap<string, Column>>(new Map());
  const [running, setRunning] = useState<Running | null>(null);
  const [message, setMessage] = useState('');
  const [isGraphShown, setGraphShown] = useState(false);
  const worker = useRef<Worker | null>(null);
  const revision = revisions.find(({ slug }) => slug === view.revision) ?? revisions[0];

  const stop = (): void => {
    worker.current?.terminate();
    worker.current = null;
    setRunning(null);
  };
  // What was found within another bound is not shown beside this one.
  useEffect(() => {
    stop();
    setColumns(new Map());
  }, [JSON.stringify(view.bound)]);
  const check = (isOne: boolean): void => {
    stop();
    setColumns(new Map());
    setMessage('');
    const url = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
    const thread = new Worker(url);
    worker.current = thread;
    const left = isOne ? [view.revision] : [...slugs];
    const next = (): void => {
      const slug = left.shift();
      if (slug === undefined) {
        stop();
        return;
      }
      setRunning({ revision: slug, states: 0, depth: 0 });
      thread.postMessage({ revision: slug, bound: view.bound, statesMax } satisfies Order);
    };
    thread.onmessage = ({ data }: MessageEvent<Told>) => {
      if (data.kind === 'progress') {
        setRunning(data);
        return;
      }
      if (data.kind === 'result')
        setColumns((before) => new Map([...before, [data.column.revision, data.column]]));
      else setMessage(`${data.revision}: ${data.message}`);
      next();
    };
    next();
  };

  const whole = useMemo(() => {
    try {
      return revision ? wholePathOf(revision, view.bound, view.path) : null;
    } catch (error) {
      return (error as Error).message;
    }
  }, [revision, view.bound, view.path]);
  const walk = whole && typeof whole !== 'string' ? walkAt(whole, view.at) : whole;
  const go = (to: (view: View) => number): void =>
    move((now) => ({ ...now, at: Math.min(Math.max(to(now), 0), now.path.length) }));
  const take = (choice: number): void =>
    turn((now) => {
      const next = { ...now, path: [...now.path.slice(0, now.at), choice], at: now.at + 1 };
      return isPath(next) ? next : now;
    });
  const open = (slug: string, labels: readonly string[], at = labels.length): void => {
    const found = revisions.find((each) => each.slug === slug);
    if (!found) return;
    turn((now) => ({ ...now, revision: slug, path: pathOf(found, now.bound, labels), at }));
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
      const moves: Record<string, (now: View) => number> = {
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

  return (
    <main>
      <h1>In which order may a shim publish that a process started and that it exited?</h1>
      <p>
        The checker of shim-spec, in this page. Choose what the environment may do, check every revision of
        containerd's algorithm, and open a number to walk through its shortest counterexample; or take steps
        by hand.
      </p>
      <Controls
        bound={view.bound}
        isBusy={running !== null}
        revision={view.revision}
        onChange={(bound) => turn((now) => ({ ...now, bound, path: [], at: 0 }))}
        onCheck={check}
        onStop={stop}
      />
      {unknown.length > 0 ? <p class="bad">Parts of this link are not used: {unknown.join('; ')}</p> : null}
      <p role="status" class="soft">
        {running
          ? `${running.revision}: ${running.states.toLocaleString('en-US')} states, depth ${running.depth}`
          : message}
      </p>
      {columns.size > 0 || running ? (
        <Matrix
          revisions={slugs}
          columns={columns}
          running={running}
          onOpen={(slug, _, labels) => open(slug, labels, 0)}
        />
      ) : null}
      <p class="bar">
        <label>
          revision
          <select
            value={view.revision}
            onChange={({ currentTarget: { value } }) =>
              turn((now) => ({ ...now, revision: value, path: [], at: 0 }))
            }
          >
            {slugs.map((slug) => (
              <option key={slug}>{slug}</option>
            ))}
          </select>
        </label>
        <button type="button" aria-pressed={isGraphShown} onClick={() => setGraphShown(!isGraphShown)}>
          {isGraphShown ? 'hide the state graph' : 'show the state graph'}
        </button>
      </p>
      {isGraphShown && revision && walk && typeof walk !== 'string' ? (
        <Graph
          revision={revision}
          bound={view.bound}
          here={walk.labels.slice(0, view.at)}
          onOpen={(labels) => open(view.revision, labels)}
        />
      ) : null}
      {typeof walk === 'string' ? (
        <p class="bad">This link does not fit these settings: {walk}</p>
      ) : walk ? (
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
      ) : null}
    </main>
  );
}

/** Whether the model has the view's path. */
function isPath(view: View): boolean {
  const revision = revisions.find(({ slug }) => slug === view.revision);
  return revision !== undefined && hasPath(revision, view);
}

const root = document.getElementById('app');
if (root) render(<App />, root);
