import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dispatched } from '../../spec/index.ts';
import { makeFolder } from '../container/make-folder.ts';

/** Appends each action to `FOLDER/ID.ndjson`, one JSON object a line, for `shim-spec validate`. No folder, no record. */
export function recorder(folder: string | undefined, id: string): (action: Dispatched) => void {
  if (!folder) return () => undefined;
  makeFolder(folder, 0o700);
  const file = join(folder, `${id}.ndjson`);
  return (action) => appendFileSync(file, `${JSON.stringify(action)}\n`, { mode: 0o600 });
}
