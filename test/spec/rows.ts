import { type ManifestRow, modelOfRow, rowsIn } from '../../bench/manifest.ts';
import { explore, type Report } from '../../checker/index.ts';
import { isDeep } from '../depth.ts';

const quickMax = 5_000;

/** The rows of the manifest that this suite explores. */
export const rows: readonly ManifestRow[] = rowsIn(
  new URL('../checker/manifest.json', import.meta.url),
).filter(({ states }) => isDeep || states <= quickMax);

const reports = new Map<ManifestRow, Report>();

/** What the fast engine says of a row, which it explores once. */
export function reportOf(row: ManifestRow): Report {
  const report = reports.get(row) ?? explore(modelOfRow(row)).report;
  reports.set(row, report);
  return report;
}
