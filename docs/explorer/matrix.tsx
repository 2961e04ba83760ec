import type { JSX } from 'preact';
import type { Running } from './checker.ts';
import type { Column } from './worker.ts';

/** Revisions beside each other; a violated cell opens its shortest counterexample. */
export function Matrix({
  revisions,
  columns,
  running,
  opened,
  onOpen,
}: {
  revisions: readonly string[];
  columns: ReadonlyMap<string, Column>;
  running: Running | null;
  /** The counterexample that the page shows. */
  opened: { readonly revision: string; readonly rule: string | null };
  onOpen: (revision: string, property: string, labels: readonly string[]) => void;
}): JSX.Element {
  const names = [
    ...new Set([...columns.values()].flatMap(({ cells }) => cells.map(({ property }) => property))),
  ];
  return (
    <section class="wide" tabIndex={0} aria-label="Verdicts">
      <table>
        <thead>
          <tr>
            <th scope="col">rule</th>
            {revisions.map((slug) => (
              <th scope="col" key={slug}>
                {slug}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {revisions.map((slug) => (
                <td key={slug}>{cell(columns.get(slug), name, opened, onOpen)}</td>
              ))}
            </tr>
          ))}
          <tr class="soft">
            <th scope="row">distinct states</th>
            {revisions.map((slug) => (
              <td key={slug}>{states(columns.get(slug), running?.revision === slug ? running : null)}</td>
            ))}
          </tr>
        </tbody>
      </table>
    </section>
  );
}

function cell(
  column: Column | undefined,
  name: string,
  opened: { readonly revision: string; readonly rule: string | null },
  onOpen: (revision: string, property: string, labels: readonly string[]) => void,
): JSX.Element {
  const found = column?.cells.find(({ property }) => property === name);
  if (!column) return <span class="soft">·</span>;
  if (!found) return <span class="soft">–</span>;
  const { verdict, labels } = found;
  if (verdict === 'violated' && labels) {
    return (
      <button
        type="button"
        class="bad"
        aria-current={column.revision === opened.revision && name === opened.rule}
        aria-label={`${column.revision} breaks '${name}' in ${labels.length} steps: show it`}
        onClick={() => onOpen(column.revision, name, labels)}
      >
        {labels.length}
      </button>
    );
  }
  return verdict === 'holds' ? <span class="good">✓</span> : <span class="unsure">?</span>;
}

function states(column: Column | undefined, running: Running | null): string {
  if (running) return `${running.states.toLocaleString('en-US')} …`;
  if (!column) return '';
  return `${column.states.toLocaleString('en-US')}${column.stoppedBy ? ' (incomplete)' : ''}`;
}
