import { createColors } from 'picocolors';
import type { GoTestOf } from '../../conformance/go-test/go-test.ts';
import { readKnownRaces } from '../../conformance/races/known-races.ts';
import { type Race, seenAs } from '../../conformance/races/races.ts';
import { SteeredGraph } from '../../conformance/races/steer.ts';
import { findRevision } from '../../render/find-revision.ts';
import { tell } from '../../render/story.ts';
import { storyText } from '../../render/trace.ts';
import { modelOf } from '../../spec/index.ts';

/** Every known race as a test, in the order of the file. */
export function knownGoTests(): GoTestOf[] {
  return readKnownRaces().map(goTestOf);
}

function goTestOf(race: Race): GoTestOf {
  const [, property = '', subject = '', slug = ''] = /^(.+?) \((.+?)\).* \[(.+)\]$/.exec(race.name) ?? [];
  const revision = findRevision(slug);
  const { bound, steps } = race.schedule;
  const path = new SteeredGraph(revision, bound).path(steps);
  const sentences = modelOf(revision, bound).properties.flatMap(({ name, sentence }) => {
    const seen = seenAs.get(name);
    return seen === undefined || sentence === undefined ? [] : [[seen, sentence] as const];
  });
  const story = storyText(tell(revision, bound, path), createColors(false));
  return { race, revision, property, subject, sentences: Object.fromEntries(sentences), story };
}
