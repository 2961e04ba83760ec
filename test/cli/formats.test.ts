import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { junitXml } from '../../render/junit.ts';
import { shimSpec } from './shim-spec.ts';

const check = (...flags: string[]): string => shimSpec('check', 'early-exits', '--execs', '1', ...flags).out;

/** An XML document as Python reads it: its elements' names with their numbers. */
function elementsOf(xml: string): Record<string, number> {
  const program =
    'import sys,json,collections,xml.etree.ElementTree as e; print(json.dumps(collections.Counter(x.tag for x in e.fromstring(sys.stdin.read()).iter())))';
  return JSON.parse(execFileSync('python3', ['-c', program], { input: xml, encoding: 'utf8' })) as Record<
    string,
    number
  >;
}

interface Sarif {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: object;
        };
      }[];
      readonly codeFlows: readonly {
        readonly threadFlows: readonly { readonly locations: readonly unknown[] }[];
      }[];
    }[];
  }[];
}

describe('shim-spec check --format', () => {
  it('junit: a case for each property, failures for what is violated, nothing passed that is unknown', () => {
    expect(elementsOf(check('--format', 'junit'))).toEqual({
      testsuites: 1,
      testsuite: 1,
      testcase: 24,
      failure: 5,
    });
    expect(elementsOf(check('--format', 'junit', '--max-states', '20'))).toMatchObject({
      skipped: expect.any(Number) as number,
    });
  });

  it('junit: text that XML cannot hold is replaced', () => {
    const outcome = { kind: 'failure', message: 'a\u0007<b>"', text: '\u001b[31m\ud800 & ok 😀' } as const;
    const xml = junitXml({ name: 's', elapsedMs: 5, cases: [{ classname: 'c', name: 'n', outcome }] });
    expect(elementsOf(xml)).toEqual({ testsuites: 1, testsuite: 1, testcase: 1, failure: 1 });
    expect(xml).toContain('message="a\ufffd&lt;b&gt;&quot;">\ufffd[31m\ufffd &amp; ok 😀</failure>');
  });

  it('sarif: a result for each violation, at the Go line of its last step, with its whole way', () => {
    const { runs } = JSON.parse(check('--format', 'sarif')) as Sarif;
    const deadlock = runs[0]?.results.find(({ ruleId }) => ruleId === 'no deadlock');
    expect(runs[0]?.results.length).toBe(5);
    expect(runs[0]?.tool.driver.rules.map(({ id }) => id)).toContain('no deadlock');
    expect(deadlock?.locations[0]?.physicalLocation).toMatchObject({
      artifactLocation: { uri: expect.stringMatching(/^https:.*\/[0-9a-f]{40}\/.*service\.go$/) as string },
      region: { startLine: 167, endLine: 191 },
    });
    expect(deadlock?.codeFlows[0]?.threadFlows[0]?.locations).toHaveLength(10);
  });

  it('itf: the states of the trace, whole, with the actions that led to them', () => {
    const { vars, states } = JSON.parse(check('--format', 'itf', '--show', 'no deadlock')) as {
      vars: string[];
      states: Record<string, unknown>[];
    };
    expect(states).toHaveLength(11);
    for (const state of states) expect(Object.keys(state).toSorted()).toEqual(['#meta', ...vars].toSorted());
    expect(states[4]).toMatchObject({
      'mbt::actionTaken': 'RuncForks(create c1, 100)',
      kernel: { c1: { status: 'alive', pid: { '#bigint': '100' } } },
      exits: { 'create c1': { '#map': expect.arrayContaining([[{ '#bigint': '100' }, []]]) as unknown } },
      mu: 'create c1',
    });
    const none = shimSpec('check', 'proposed', '--execs', '0', '--format', 'itf');
    expect([none.code, none.err]).toEqual([
      150,
      expect.stringContaining('no property is violated') as string,
    ]);
  });

  it('is of one revision but for text and json', () => {
    expect(shimSpec('check', '--all', '--execs', '0', '--format', 'sarif').code).toBe(150);
  });
});

describe('shim-spec graph', () => {
  it('writes as many states and steps as check counts', () => {
    const [, states, transitions] =
      /complete: ([\d,]+) distinct states, ([\d,]+) transitions/.exec(check('--with', 'none')) ?? [];
    const aut = shimSpec('graph', 'early-exits', '--execs', '1', '--with', 'none', '--as', 'aut').out;
    expect(aut.split('\n')[0]).toBe(`des (0,${transitions?.replace(',', '')},${states?.replace(',', '')})`);
    expect(aut.trim().split('\n')).toHaveLength(1 + Number(transitions?.replace(',', '')));
    const dot = shimSpec('graph', 'early-exits', '--execs', '1', '--with', 'none').out;
    expect(dot.match(/->/g)).toHaveLength(Number(transitions?.replace(',', '')));
  });

  it('gives up where there are more states than allowed', () => {
    const { code, err } = shimSpec('graph', 'main', '--execs', '1', '--max-states', '100');
    expect([code, err]).toEqual([
      20,
      expect.stringContaining('has too many states to write (got more than 100') as string,
    ]);
  });
});
