import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explore, sometimes } from '../../../checker/index.ts';
import { wholeModel } from '../../../checker/whole-model.ts';
import { boundFlags } from '../../../render/bound.ts';
import { modelOf, type Options, type RoadOptions, revisions, type Service } from '../../../spec/index.ts';
import { bound } from '../bounds.ts';

const page = readFileSync(new URL('../../../docs/reaper-fixes.md', import.meta.url), 'utf8');
const reapers = ['reaper', 'reaper13539', 'reaper13544', 'reaper13653'] as const;
const stall = 'no call waits for a timer';

/** A row of the page's table: a rule, where it is asked, and whether the second may pass. */
interface Row {
  readonly slug: string;
  readonly execs: number;
  readonly on: readonly (keyof Options)[];
  readonly rule: string;
  /** What the page calls the place. */
  readonly place: string;
  readonly isTimed: boolean;
}

const rows: readonly Row[] = [
  {
    slug: 'main',
    execs: 0,
    on: ['sharedPidNamespace'],
    rule: stall,
    place: '`main`, KillAll',
    isTimed: true,
  },
  { slug: 'main', execs: 0, on: ['kill'], rule: stall, place: '`main`, Kill', isTimed: true },
  { slug: 'main', execs: 0, on: ['delete'], rule: stall, place: '`main`, Delete', isTimed: true },
  { slug: 'big-lock', execs: 1, on: [], rule: stall, place: '`big-lock`, Start', isTimed: true },
  {
    slug: 'main',
    execs: 0,
    on: [],
    rule: 'no zombie waits for the exit loop',
    place: '`main`',
    isTimed: true,
  },
  {
    slug: 'big-lock',
    execs: 1,
    on: [],
    rule: "an init's exit is the last of its container",
    place: '`big-lock`',
    isTimed: true,
  },
  {
    slug: 'big-lock',
    execs: 1,
    on: [],
    rule: "an init's exit is the last of its container",
    place: '`big-lock`, no second passes',
    isTimed: false,
  },
  {
    slug: 'main',
    execs: 0,
    on: ['sharedPidNamespace'],
    rule: 'no deadlock',
    place: '`main`, KillAll, no second passes',
    isTimed: false,
  },
  { slug: 'big-lock', execs: 1, on: [], rule: 'no exit is lost', place: '`big-lock`', isTimed: true },
];

/** ✓, or the steps of the shortest counterexample. */
function cell({ slug, execs, on, rule, isTimed }: Row, reaper: keyof RoadOptions): string {
  const revision = revisions.find((each) => each.slug === slug) ?? expect.fail(`no ${slug}`);
  const model = modelOf(revision, bound(1, execs, ...on, reaper));
  const actions = model.actions.filter(({ type }) => isTimed || type !== 'ReaperTimesOut');
  const properties = wholeModel(model).properties.filter(({ name }) => name === rule);
  const { report } = explore({ ...model, actions, properties });
  const [result] = report.results;
  return result?.verdict === 'holds' && report.stoppedBy === null ? '✓' : String(result?.trace?.length);
}

describe('docs/reaper-fixes.md', () => {
  for (const row of rows) {
    it(`says what each reaper does to '${row.rule}' in ${row.place}`, () => {
      const { rule, place, execs, on } = row;
      const flags = boundFlags(bound(1, execs, ...on, 'reaper')).replace('--containers 1 ', '');
      const command = `\`${row.slug} ${flags}\``;
      const cells = reapers.map((reaper) => cell(row, reaper));
      expect(page).toContain(`| ${[rule, place, command, ...cells].join(' | ')} |`);
    });
  }
});

it('finding 12: the exit loop of big-lock waits in sendL for a Start, as it was seen', () => {
  const revision = revisions.find(({ slug }) => slug === 'big-lock') ?? expect.fail('no big-lock');
  const model = modelOf(revision, bound(1, 2, 'reaper'));
  const rule = model.properties.find(({ name }) => name === stall) ?? expect.fail(`no rule '${stall}'`);
  const inSend = sometimes<Service>(
    'the exit loop waits for a timer in sendL',
    (s) => s.processExits.pc === 'exit: send TaskExit' && !rule.check(s, 'processExits', s),
  );
  const [result] = explore({ ...model, properties: [inSend] }).report.results;
  expect([result?.verdict, result?.trace?.length]).toEqual(['holds', 59]);
});
