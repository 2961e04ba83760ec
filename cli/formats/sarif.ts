import type { Report, Result } from '../../checker/index.ts';
import { boundText } from '../../render/bound.ts';
import type { Story } from '../../render/story.ts';
import type { Bound, Revision } from '../../spec/index.ts';

/**
 * A report in SARIF 2.1.0, which code review tools read: a rule for each property, a result for each violation, at the
 * Go line of its last step, with the whole trace as its code flow.
 *
 * @source https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function reportSarif(
  revision: Revision,
  bound: Bound,
  report: Report,
  stories: ReadonlyMap<string, Story>,
): object {
  const rules = report.results.filter(({ property }) => property.kind !== 'sometimes');
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'shim-spec',
            rules: rules.map(({ property }) => ({
              id: property.name,
              shortDescription: { text: property.sentence },
              ...(property.source.startsWith('http') ? { helpUri: property.source } : {}),
            })),
          },
        },
        invocations: [{ executionSuccessful: true, exitCodeDescription: report.stoppedBy ?? 'complete' }],
        results: rules
          .filter(({ verdict }) => verdict === 'violated')
          .map((result) => resultOf(revision, bound, result, stories)),
      },
    ],
  };
}

function resultOf(
  revision: Revision,
  bound: Bound,
  { property, subject, depth }: Result,
  stories: ReadonlyMap<string, Story>,
): object {
  const steps = stories.get(property.name)?.steps ?? [];
  const last = steps.findLast(({ source }) => source !== null);
  return {
    ruleId: property.name,
    level: 'error',
    message: {
      text: `${revision.slug} breaks '${property.name}' for ${subject} in ${depth} steps (${boundText(bound)})`,
    },
    locations: last?.source ? [locationOf(last.source, last.text)] : [],
    codeFlows: [
      {
        threadFlows: [
          {
            locations: steps.map(({ lane, text, source }) => ({
              location: source
                ? locationOf(source, `${lane}: ${text}`)
                : { message: { text: `${lane}: ${text}` } },
            })),
          },
        ],
      },
    ],
  };
}

/** `https://…/service.go#L10-L12` as SARIF has it. */
function locationOf(source: string, text: string): object {
  const [, uri = source, from, to = from] = /^(.*)#L(\d+)(?:-L(\d+))?$/.exec(source) ?? [];
  const region = from === undefined ? {} : { region: { startLine: Number(from), endLine: Number(to) } };
  return { physicalLocation: { artifactLocation: { uri }, ...region }, message: { text } };
}
