import { maybeFigure, maybeNumber, stageCost } from './parts.js';
import { anyObject, array, count, described, nullable, object, type Static, text } from './schema-builder.js';

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
  cardMemoryBytes: described('Most memory of the card in use during the run itself.', maybeFigure),
  energyJoules: described(
    'Of the card during the run itself, its evaluations included; null where too little of it was sampled.',
    maybeFigure,
  ),
  tokensTrained: maybeFigure,
  tokensGenerated: maybeFigure,
  paddingShare: described(
    'Of what the hardware computed in training, the share that went to padding, and to what is computed ' +
      'once more where batches go in parts; evaluation excluded.',
    maybeFigure,
  ),
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
    vsChosen: described(
      'Against the chosen completions of the data’s own test prompts, where it brings them.',
      maybeFigure,
    ),
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
