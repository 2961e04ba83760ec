import type { Symmetry } from '../model.ts';
import { exchangesOf, renameText, swapOfTexts } from '../reductions/renaming.ts';
import type { Slot } from '../store/slots.ts';

/** For each slot the number of its orbit: slots that renamings make of each other are in the same orbit. */
export function slotOrbits(slots: readonly Slot[], symmetry: Symmetry | undefined): number[] {
  const numbers = new Map(slots.map(({ path }, slot) => [path.join('\n'), slot]));
  const renamings = [...exchangesOf(symmetry?.types ?? []), ...(symmetry?.twins ?? []).map(swapOfTexts)];
  const images = slots.map(({ path }) =>
    renamings.map((renaming) => numbers.get(path.map((key) => renameText(renaming, key)).join('\n'))),
  );
  const orbit = slots.map(() => -1);
  for (const [first] of slots.entries()) {
    const open = orbit[first] === -1 ? [first] : [];
    for (let slot = open.pop(); slot !== undefined; slot = open.pop()) {
      if (orbit[slot] !== -1) continue;
      orbit[slot] = first;
      for (const image of images[slot] ?? []) if (image !== undefined) open.push(image);
    }
  }
  return orbit;
}
