import type { AnalysisRow, ClaimRow, TableRow } from '../../harness/contracts/analysis.js';
import type { MemberProgress } from '../../harness/run/suite.js';
import { number } from '../report/format.js';

export const claimsIn = (rows: readonly AnalysisRow[]): ClaimRow[] =>
  rows.filter((row) => row.type === 'claim');
export const tablesIn = (rows: readonly AnalysisRow[]): TableRow[] =>
  rows.filter((row) => row.type === 'table');

/** `3 supported, 1 refuted`; verdicts that nobody has are left out. */
export const tally = (claims: readonly ClaimRow[]): string =>
  (['supported', 'refuted', 'undecided'] as const)
    .map((verdict) => ({ verdict, n: claims.filter((claim) => claim.verdict === verdict).length }))
    .filter(({ n }) => n > 0)
    .map(({ verdict, n }) => `${n} ${verdict}`)
    .join(', ');

export const claimValue = ({ value }: ClaimRow): string => (value === null ? '–' : number(value));

/** A table's cell for people. */
export const shown = (cell: string | number): string => (typeof cell === 'number' ? number(cell) : cell);

/** What the table of a suite's members says of itself. */
export const RUNS =
  'The experiments that these rows are decided from; runs that several share are run once and counted in ' +
  'each';

export const unfinished = ({ runs, done, failed }: MemberProgress): number => runs - done - failed;
