/** A bug in the specification or in its caller: something that no reachable state contains. */
export class Impossible extends Error {
  override readonly name = 'Impossible';
}

/**
 * The entry of `record` under `key`.
 *
 * @throws Impossible where there is none: every id in an action belongs to the state's bound.
 */
export function at<K extends string | number, V>(record: Readonly<Record<K, V>>, key: K): V {
  const value = record[key];
  if (value === undefined)
    throw new Impossible(`no entry ${key} (got ${key}, allowed ${Object.keys(record).join(', ')})`);
  return value;
}
