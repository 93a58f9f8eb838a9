import { figure, interval, maybeFigure, maybeNumber, nats } from './parts.js';
import {
  array,
  boolean,
  count,
  described,
  nullable,
  number,
  object,
  pair,
  type Static,
  text,
} from './schema-builder.js';

/** Two entrants on the same prompts, whatever their KL and cost. */
export const headToHead = object({
  a: text,
  b: text,
  winRate: maybeFigure,
  softWinRate: maybeFigure,
  goldDifference: maybeFigure,
  adjustedP: described(
    'Holm-adjusted p-value of "no difference in gold reward", over all head-to-heads.',
    maybeNumber,
  ),
});
export type HeadToHead = Static<typeof headToHead>;

/** Does the difference lie within the margin? */
const match = described(
  'Does the difference lie within the margin, 0.02 of the normalised scale (`aggregate` of an algorithm)? ' +
    'Two one-sided tests (Schuirmann 1987).',
  object({ margin: number, p: number, equivalent: boolean }),
);
export type Match = Static<typeof match>;

/**
 * Two families at equal KL from the start, read off their frontiers seed by seed; nothing is extrapolated.
 */
export const matchedComparison = object({
  a: text,
  b: text,
  kl: described(
    'KL where they are compared, nats per sequence: the most that both reach in every seed they share.',
    number,
  ),
  goldDifference: described('Of a minus b at that KL, on validation prompts, paired by seed.', maybeFigure),
  winRateDifference: described('The same of the win rate against the start.', maybeFigure),
  areaDifference: described(
    'Mean of the gold difference over the common range, weighted by sqrt(KL) (Gao et al. 2023, ' +
      'arXiv:2210.10760).',
    maybeFigure,
  ),
  match: nullable(match),
  adjustedP: described(
    'Holm-adjusted p-value of "no difference there", over all such comparisons.',
    maybeNumber,
  ),
  curve: described('Over the common range.', array(object({ kl: nats, goldDifference: figure }))),
});
export type MatchedComparison = Static<typeof matchedComparison>;

const atCheaper = described(
  'At the whole cost of the cheaper one, in each seed its own: in FLOPs, and in seconds at that of the ' +
    'quicker one.',
  nullable(
    object({
      flops: number,
      seconds: number,
      cheaper: text,
      goldDifference: figure,
      winRateDifference: maybeFigure,
      goldDifferenceAtSeconds: figure,
      winRateDifferenceAtSeconds: maybeFigure,
    }),
  ),
);

const crossover = described(
  'Budget from which the dearer one is ahead in the mean for good, as a multiple of the whole cost of the ' +
    'cheaper one; null: not within `upTo` times. The interval is a bootstrap over seeds, its upper end ' +
    'null where more than 2.5 % of draws never cross.',
  object({
    dearer: text,
    multiple: maybeNumber,
    ci: nullable(pair(number, maybeNumber)),
    upTo: number,
  }),
);

/** Two families at equal training cost, rewards charged; past its end an algorithm keeps what it had. */
export const computeComparison = object({
  a: text,
  b: text,
  adjustedP: described(
    'Holm-adjusted p-value of "no difference at the whole cost of the cheaper one", over all such ' +
      'comparisons.',
    maybeNumber,
  ),
  budgets: described(
    'One entry per budget, rising; the difference is a minus b.',
    array(object({ flops: number, goldDifference: figure })),
  ),
  atCheaper,
  crossover,
});
export type ComputeComparison = Static<typeof computeComparison>;

/**
 * Bradley-Terry strengths over all head-to-heads, the start at 0 (Elo = 400 log10(e) theta); intervals by
 * bootstrap over seeds. Where somebody won or lost everything, which has no finite strength, each pair won
 * whole counts half a win for the loser.
 */
export const rankRow = object({ rank: count, name: text, theta: figure });
export type RankRow = Static<typeof rankRow>;

/** An algorithm against itself with other randomness: what the verdicts say when nothing is there. */
export const controlReport = object({
  pairs: array(object({ name: text, goldDifference: maybeFigure, alarm: boolean })),
  falseAlarms: described(
    'Share of alarms when, in every seed, which of the two is called first is turned at random: all ways, ' +
      'or 512 of them.',
    nullable(object({ rate: number, ci: interval, n: count })),
  ),
  reason: nullable(text),
});
export type ControlReport = Static<typeof controlReport>;

/** How much it would take to resolve 2 points of win rate with 80 % power at the 5 % level. */
export const powerReport = object({
  delta: number,
  seeds: maybeNumber,
  prompts: maybeNumber,
  deviation: described('Of paired per-seed win rates: median over head-to-heads.', maybeNumber),
  correlation: described("Of two policies' outcomes on a prompt: median over head-to-heads.", maybeNumber),
});
export type PowerReport = Static<typeof powerReport>;

/**
 * Share of seeds whose normalised score exceeds each threshold, with bootstrap bands (Agarwal et al. 2021).
 */
export const profileRow = object({
  name: text,
  thresholds: array(number),
  share: array(number),
  lo: array(number),
  hi: array(number),
});
export type ProfileRow = Static<typeof profileRow>;
