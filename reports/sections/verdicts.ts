import type { Matchup, PolicyMatchups } from '../../harness/judge/matchups.js';
import type { VerdictRow } from '../../harness/store/verdicts.js';
import type { LlmJudgeReport } from '../report/judging.js';

/** A pair of answers with what a judge said of it, in each order. */
export interface Judged {
  readonly matchup: Matchup;
  /** With a shown first, and with b; null: not asked, or nothing came of it. */
  readonly orders: readonly [VerdictRow | null, VerdictRow | null];
  /** What a's share is by both verdicts, ties half: 0, 1/4, .. 1; null where one of them is missing. */
  readonly score: number | null;
}

/** A policy's pairs, as a judge judged them. */
export interface JudgedPairs extends Pick<PolicyMatchups, 'comparison'> {
  readonly pairs: readonly Judged[];
}

/** What a verdict gives the answer shown first. */
const SHARES: ReadonlyMap<string, number> = new Map([
  ['first', 1],
  ['tie', 0.5],
  ['second', 0],
]);

/** The share of the answer shown first; null where there is no verdict. */
export const shareOfFirst = (row: VerdictRow | null): number | null =>
  row === null ? null : (SHARES.get(row.outcome) ?? null);

export function judged(matchup: Matchup, rows: ReadonlyMap<string, VerdictRow>): Judged {
  const { keys } = matchup;
  if (keys === null) return { matchup, orders: [null, null], score: 0.5 };
  const orders = [rows.get(keys[0]) ?? null, rows.get(keys[1]) ?? null] as const;
  const [aFirst, bFirst] = orders.map(shareOfFirst);
  const score = aFirst == null || bFirst == null ? null : (aFirst + 1 - bFirst) / 2;
  return { matchup, orders, score };
}

/** Whether it was asked about in both orders and answered. */
export const isAnswered = ({ matchup: { keys }, score }: Judged): boolean => keys !== null && score !== null;

type Counts = LlmJudgeReport['counts'];

/** What came of every question, each text counted once. */
export function countsOf(all: readonly Judged[]): Counts {
  const questions = new Map<string, VerdictRow | null>();
  for (const { matchup, orders } of all)
    matchup.keys?.forEach((key, i) => {
      questions.set(key, orders[i]!);
    });
  const rows = [...questions.values()];
  const of = (...outcomes: readonly VerdictRow['outcome'][]): number =>
    rows.filter((row) => row !== null && outcomes.includes(row.outcome)).length;
  return {
    questions: questions.size,
    verdicts: of('first', 'second', 'tie'),
    refused: of('refused'),
    empty: of('empty'),
    unreadable: of('unreadable'),
    noAnswer: of('no-answer'),
    notAsked: rows.filter((row) => row === null).length + of('stopped'),
  };
}
