import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Copies the address of what is shown, and says so to everybody. */
export function CopyLink({ hash }: { hash: string }): JSX.Element {
  const [said, setSaid] = useState('');
  useEffect(() => setSaid(''), [hash]);
  const copy = async (): Promise<void> => {
    setSaid('');
    try {
      await navigator.clipboard.writeText(location.href);
      setSaid('Link copied.');
    } catch {
      setSaid('The browser did not let this page copy: take the link from the address bar.');
    }
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        Copy link
      </button>
      <span role="status">{said}</span>
    </>
  );
}
