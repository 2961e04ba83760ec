import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { fromHash, type PageState, toHash } from './address.ts';

/** The view, which the address holds, and what changes both. */
export interface Viewing {
  readonly view: PageState;
  /** Why parts of the address are not used. */
  readonly unknown: readonly string[];
  /** Goes on within the page: Back does not stop here. */
  readonly move: (to: (now: PageState) => PageState) => void;
  /** Opens a page of its own: Back leads to the view before. */
  readonly turn: (to: (now: PageState) => PageState) => void;
}

/**
 * Keeps the view and the address together. The address is written as the view changes and not once it is
 * drawn: keys, and Back, come faster than pages are drawn, and a late view must not overwrite the entry of
 * the history that the reader has gone on to.
 *
 * @param first the address that is opened where none is given
 */
export function useView(first: string): Viewing {
  const addressed = (): ReturnType<typeof fromHash> => fromHash(location.hash || first);
  const [read, setRead] = useState(addressed);
  const current = useRef(read);
  const show = (next: typeof read): void => {
    current.current = next;
    setRead(next);
  };
  useLayoutEffect(() => {
    history.replaceState(null, '', toHash(current.current.view));
    const follow = (): void => show(addressed());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const write = (to: (now: PageState) => PageState, isNewPage: boolean): void => {
    const next = to(current.current.view);
    const hash = toHash(next);
    if (hash === toHash(current.current.view)) return;
    if (isNewPage) history.pushState(null, '', hash);
    else history.replaceState(null, '', hash);
    show({ view: next, unknown: current.current.unknown });
  };
  return {
    view: read.view,
    unknown: read.unknown,
    move: (to) => write(to, false),
    turn: (to) => write(to, true),
  };
}
