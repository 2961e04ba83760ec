/** More than this part of a text's letters is not misspelt. */
const misspeltMax = 0.5;

/** The names that somebody may have meant who wrote `text`, or a part of one: the likeliest first; none where none is near. */
export function closestNames(text: string, names: readonly string[], count = 3): string[] {
  const misspelt = names.map((name) => ({
    name,
    edits: editsWithin(text.toLowerCase(), name.toLowerCase()),
  }));
  return misspelt
    .filter(({ edits }) => edits <= text.length * misspeltMax)
    .toSorted((a, b) => a.edits - b.edits || a.name.length - b.name.length)
    .slice(0, count)
    .map(({ name }) => name);
}

/** What to do about a name that nobody has: the likeliest one, or any of those that are allowed. */
export function adviceFor(text: string, names: readonly string[]): string {
  const [closest] = closestNames(text, names);
  return closest === undefined || text === '' ? 'give one of these' : `did you mean ${closest}?`;
}

/** How many letters have to be changed, put in or left out until `part` stands somewhere in `whole`. */
function editsWithin(part: string, whole: string): number {
  let row = Array.from({ length: whole.length + 1 }, () => 0);
  for (const [i, letter] of [...part].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= whole.length; j++) {
      const changed = (row[j - 1] as number) + (whole[j - 1] === letter ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return Math.min(...row);
}
