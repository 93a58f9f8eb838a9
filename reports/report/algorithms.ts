import { figure, maybeFigure, maybeNumber, nats, stageCost } from './parts.js';
import {
  anyObject,
  array,
  count,
  described,
  integer,
  nullable,
  object,
  type Static,
  text,
} from './schema-builder.js';

/**
 * Over seeds' scores; one unit for all seeds, since a seed in which nobody gains would otherwise divide by
 * nothing.
 */
const aggregate = described(
  "Over seeds' scores: a seed's gain over its start, divided by the gain of the best compared mean over " +
    'seeds, so that 0 is the start and 1 the best (Agarwal et al. 2021, arXiv:2108.13264). Null where ' +
    'nobody gained.',
  object({
    interquartileMean: maybeFigure,
    improvement: described('P(a random seed of this one beats a random seed of the start).', maybeFigure),
    optimalityGap: maybeFigure,
  }),
);

const compute = object({
  flops: described(
    'The run and the reward it trained against; evaluation excluded, shared stages excluded.',
    maybeFigure,
  ),
  seconds: maybeFigure,
  peakMemoryBytes: maybeFigure,
  tokensTrained: maybeFigure,
  tokensGenerated: maybeFigure,
  modelCopies: maybeNumber,
  stages: array(stageCost),
});

/** One variant: a stage with one choice of its swept values. */
export const algorithmRow = object({
  name: described('Label of the variant: stage id plus swept values.', text),
  family: described(
    'Its stage: the configurations of a sweep are one family, and families are what is matched.',
    text,
  ),
  algorithm: text,
  params: anyObject,
  runs: count,
  completed: count,
  device: text,
  goldReward: maybeFigure,
  goldDifference: described('Paired by seed, prompt and decoding randomness.', maybeFigure),
  winRate: object({
    vsReference: maybeFigure,
    vsChosen: maybeFigure,
    lengthControlled: described(
      'Against the start, read at equal length (Dubois et al. 2024, arXiv:2404.04475).',
      maybeFigure,
    ),
  }),
  aggregate,
  kl: object({ sequence: maybeFigure, estimator: nullable(text) }),
  proxyReward: maybeFigure,
  proxyDifference: maybeFigure,
  length: maybeFigure,
  exact: described(
    'Sums over every completion, where they can be listed: expected gold reward, the share of the gain at ' +
      'its own KL that the frontier has, and the reward lost against it.',
    object({ goldReward: maybeFigure, frontierEfficiency: maybeFigure, regret: maybeFigure }),
  ),
  compute,
  missing: described('Why a figure above is null.', array(text)),
});
export type AlgorithmRow = Static<typeof algorithmRow>;

const tuned = described(
  'What tuning by proxy gives: each seed takes the configuration whose last evaluation on validation ' +
    'prompts has the highest proxy reward, and its figures on test prompts are reported (the only ' +
    'configuration needs no choice). Null, with the reason in `missing`, where there is no proxy.',
  nullable(
    object({
      choices: array(object({ seed: integer, variant: text })),
      goldReward: maybeFigure,
      goldDifference: maybeFigure,
      winRate: maybeFigure,
      kl: maybeFigure,
    }),
  ),
);

/** The configurations of one stage, tuned and untuned. */
export const familyRow = object({
  name: text,
  algorithm: text,
  device: text,
  variants: described('Labels of its configurations.', array(text)),
  tuned,
  bestOf: described(
    'Expected result of tuning over k of the configurations drawn at random, k = 1 .. all, exact over all ' +
      'subsets.',
    array(object({ k: count, goldReward: figure })),
  ),
  tuningFlops: described('Training of every configuration, rewards included.', maybeFigure),
  frontier: described(
    'Gold reward and win rate against the start at rising KL, over the range that every seed reaches: at ' +
      'each KL the configuration with the highest proxy there (the only one, where there is one; the ' +
      'lowest cost where there is no proxy).',
    array(object({ kl: nats, goldReward: figure, winRate: maybeFigure, proxyReward: maybeFigure })),
  ),
  area: described(
    'Mean gain over the start along sqrt(KL) from 0 to `kl` (the common range of all families).',
    nullable(object({ kl: nats, gain: figure })),
  ),
  dominated: described(
    "Share of this family's evaluations below another family's frontier at the same KL.",
    maybeFigure,
  ),
  missing: array(text),
});
export type FamilyRow = Static<typeof familyRow>;
