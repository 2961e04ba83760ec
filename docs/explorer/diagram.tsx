import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { heightOf, rowAt, rowHeight } from '../../render/sequence-svg.ts';
import type { Story } from '../../render/story.ts';
import { storySvg } from '../../render/story-svg.ts';

/** A wide diagram is drawn smaller to fit, but not smaller than this: its text must stay legible. */
const scaleMin = 0.85;

/** The whole path as a diagram. The step where the reader stands is marked and in sight; a click goes to another one. */
export function DiagramPanel({
  story,
  title,
  at,
  onGo,
}: {
  story: Story;
  title: string;
  at: number;
  onGo: (at: number) => void;
}): JSX.Element {
  const box = useRef<HTMLElement>(null);
  const here = useRef<HTMLButtonElement>(null);
  const svg = useMemo(() => storySvg(story, title), [story, title]);
  const width = Number(/ width="(\d+)"/.exec(svg)?.[1]);
  const height = heightOf(story.steps.length + story.blocked.length);
  const partOf = (pixels: number): string => `${(100 * pixels) / height}%`;
  useLayoutEffect(() => {
    const [frame, row] = [box.current, here.current];
    if (!frame) return;
    // Only the box is scrolled: the page stays where the reader has it.
    frame.scrollTop = row ? row.offsetTop - (frame.clientHeight - row.offsetHeight) / 2 : 0;
    if (document.activeElement?.matches('.rows button')) row?.focus({ preventScroll: true });
  }, [at, svg]);
  return (
    <section ref={box} class="wide diagram" tabIndex={0} aria-label="Sequence diagram">
      <div class="canvas" style={{ minWidth: `${scaleMin * width}px` }}>
        <div class="rows">
          {story.steps.map(({ lane, text }, i) => {
            const isHere = i + 1 === at;
            return (
              <button
                key={i}
                ref={isHere ? here : null}
                type="button"
                tabIndex={isHere ? 0 : -1}
                aria-current={isHere ? 'step' : undefined}
                aria-label={`Go to step ${i + 1}: ${lane} ${text}`}
                style={{ top: partOf(rowAt(i) - rowHeight / 2), height: partOf(rowHeight) }}
                onClick={() => onGo(i + 1)}
              />
            );
          })}
        </div>
        <div class="picture" dangerouslySetInnerHTML={{ __html: svg }} />
      </div>
    </section>
  );
}
