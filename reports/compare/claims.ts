import type { AnalysisRow, ClaimRow } from '../../harness/contracts/analysis.js';

export type DecidedClaim = Pick<ClaimRow, 'verdict' | 'value' | 'ci' | 'n'>;

/** A claim that two result folders decide; null where one of them does not have it. */
export interface ClaimChange {
  readonly id: string;
  readonly claim: string;
  readonly a: DecidedClaim | null;
  readonly b: DecidedClaim | null;
}

/** Every claim of either side, in the order of B and then of A. */
export function claimChanges(a: readonly AnalysisRow[], b: readonly AnalysisRow[]): ClaimChange[] {
  const claims = (rows: readonly AnalysisRow[]): Map<string, ClaimRow> =>
    new Map(rows.flatMap((row) => (row.type === 'claim' ? [[row.id, row] as const] : [])));
  const [before, after] = [claims(a), claims(b)];
  const decided = (row: ClaimRow | undefined): DecidedClaim | null =>
    row === undefined ? null : { verdict: row.verdict, value: row.value, ci: row.ci, n: row.n };
  return [...new Set([...after.keys(), ...before.keys()])].map((id) => ({
    id,
    claim: (after.get(id) ?? before.get(id))!.claim,
    a: decided(before.get(id)),
    b: decided(after.get(id)),
  }));
}
