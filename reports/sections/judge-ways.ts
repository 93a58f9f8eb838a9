import { clustersBy, clusteredFigure, type ClusteredFigure } from '../../harness/stats/clustered.js';
import { cohensKappa } from '../../harness/stats/kappa.js';
import { logisticSlope } from '../../harness/stats/logistic.js';
import { mean, standardDeviation } from '../../harness/stats/moments.js';
import type { LlmJudgeReport } from '../report/judging.js';
import { RATE } from './gather.js';
import { isAnswered, type Judged, shareOfFirst } from './verdicts.js';

/** Verdicts on one prompt are of one text, whatever the seed: a cluster. */
const byPrompt = ({ matchup }: Judged): string => matchup.prompt;

/** Mean of a value of pairs, those without one left out, with its interval over prompts. */
export function overPrompts(
  pairs: readonly Judged[],
  value: (pair: Judged) => number | null,
): ClusteredFigure | null {
  const known = pairs.filter((pair) => value(pair) !== null);
  return clusteredFigure(clustersBy(known, byPrompt), (rows) => mean(rows.map((row) => value(row)!)), RATE);
}

const lengthOf = ({ matchup: { a, b } }: Judged): number => a.length - b.length;

/** The share that a pair's verdicts give the longer answer; null for answers of one length. */
export const longerWins = (pair: Judged): number | null => {
  const longer = lengthOf(pair);
  if (longer === 0 || !isAnswered(pair)) return null;
  return longer > 0 ? pair.score! : 1 - pair.score!;
};

/** Whether a judge ranks a pair as what says that a is better by `margin`; null where nothing does. */
export const ranksLike = (pair: Judged, margin: number | null): number | null => {
  if (margin === null || margin === 0 || !isAnswered(pair)) return null;
  if (pair.score === 0.5) return 0.5;
  return pair.score! > 0.5 === margin > 0 ? 1 : 0;
};

/** How a judge answers, over some of its pairs. */
export function waysOf(pairs: readonly Judged[]): LlmJudgeReport['ways'] {
  const answered = pairs.filter(isAnswered);
  const shares = (pair: Judged): readonly [number, number] => [
    shareOfFirst(pair.orders[0])!,
    shareOfFirst(pair.orders[1])!,
  ];
  return {
    ties: overPrompts(answered, (pair) => mean(shares(pair).map((share) => (share === 0.5 ? 1 : 0)))),
    firstShown: overPrompts(answered, (pair) => mean(shares(pair))),
    longerWins: overPrompts(answered, longerWins),
    sameBothWays: overPrompts(answered, (pair) => {
      const [aFirst, bFirst] = shares(pair);
      return aFirst === 1 - bFirst ? 1 : 0;
    }),
    likeGold: overPrompts(answered, (pair) => ranksLike(pair, pair.matchup.gold)),
  };
}

const WORDS = new Map([
  [1, 'a'],
  [0.5, 'tie'],
  [0, 'b'],
]);

/** Agreement of a judge's two orders beyond chance. */
export function kappaBothWays(pairs: readonly Judged[]): ClusteredFigure | null {
  const answered = pairs.filter(isAnswered);
  return clusteredFigure(
    clustersBy(answered, byPrompt),
    (rows) =>
      cohensKappa(
        rows.map(({ orders: [aFirst, bFirst] }) => [
          WORDS.get(shareOfFirst(aFirst)!)!,
          WORDS.get(1 - shareOfFirst(bFirst)!)!,
        ]),
      ),
    [-1, 1],
  );
}

/**
 * What a standard deviation more of length is worth to a judge, as log-odds: a logistic regression of a
 * pair's share on the difference of lengths, beside what is known of which answer is better (the label, or
 * gold) and what a policy is better or worse by than its start.
 */
export function lengthSlope(
  policies: readonly (readonly Judged[])[],
  labelled: readonly Judged[],
): ClusteredFigure | null {
  const groups = [...policies, labelled].map((pairs) => pairs.filter(isAnswered));
  const deviation = standardDeviation(groups.flat().map(lengthOf));
  if (!(deviation > 0)) return null;
  const rows = groups.flatMap((pairs, group) =>
    pairs.map((pair) => {
      const isLabelled = group === policies.length;
      const rank = isLabelled ? 1 : Math.sign(pair.matchup.gold ?? 0);
      const policy = policies.map((_, i) => (i === group ? 1 : 0));
      return { pair, y: pair.score!, x: [lengthOf(pair) / deviation, rank, ...policy] };
    }),
  );
  return logisticSlope(clustersBy(rows, ({ pair }) => byPrompt(pair)));
}

/** Two judges on the pairs that both have judged; a pair on which a judge's orders differ is a tie to it. */
export function agreementOf(
  mine: readonly Judged[],
  theirs: readonly Judged[],
): { readonly kappa: ClusteredFigure | null; readonly same: ClusteredFigure | null } {
  const named = new Map(theirs.map((pair) => [identity(pair), pair]));
  const both = mine.flatMap((pair) => {
    const other = named.get(identity(pair));
    return other !== undefined && isAnswered(pair) && isAnswered(other) ? [{ pair, other }] : [];
  });
  const word = ({ score }: Judged): string => (score! > 0.5 ? 'a' : score! < 0.5 ? 'b' : 'tie');
  const clusters = clustersBy(both, ({ pair }) => byPrompt(pair));
  return {
    kappa: clusteredFigure(
      clusters,
      (rows) => cohensKappa(rows.map(({ pair, other }) => [word(pair), word(other)])),
      [-1, 1],
    ),
    same: clusteredFigure(
      clusters,
      (rows) => mean(rows.map(({ pair, other }) => (word(pair) === word(other) ? 1 : 0))),
      RATE,
    ),
  };
}

const identity = ({ matchup: { promptId, about } }: Judged): string => JSON.stringify([promptId, about]);
