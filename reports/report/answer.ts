import { figure, maybeFigure, maybeNumber } from './parts.js';
import {
  array,
  boolean,
  count,
  described,
  integer,
  nullable,
  number,
  object,
  optionally,
  type Static,
  text,
} from './schema-builder.js';

/** What a paradigm's policies learn from; see `learnsFrom` in tiltyard. */
const paradigm = described("'pairs', 'own-samples' or 'nothing'.", text);

/** What a test says of two; `unknown` where there are too few seeds for any. */
const verdict = described("'ahead', 'behind', 'match', 'not told apart' or 'unknown', of the first.", text);

/** Two frontiers: the mean over budgets of the difference of their values, paired by seed. */
export const comparison = object({
  a: text,
  b: text,
  difference: described(
    'Gold reward of a minus b on test prompts, mean over KL budgets 0 to K.',
    maybeFigure,
  ),
  verdict,
  p: described('Of "no difference", two-sided, before correction.', maybeNumber),
  equivalenceP: described('Of "not within the margin": two one-sided tests.', maybeNumber),
  adjustedP: described(
    'The smaller of the two after correction; below .05 something is said (METHOD.md, proposition 3).',
    maybeNumber,
  ),
  detectable: described(
    'The smallest true difference that this page would have found in four of five repetitions, its ' +
      'correction included.',
    maybeNumber,
  ),
  budgets: described(
    'The same at each declared budget: exploratory, no test.',
    array(object({ budget: number, difference: maybeFigure })),
  ),
});
export type Comparison = Static<typeof comparison>;

/** The values of a family, or of the union of a paradigm's families, within KL budgets. */
export const frontierRow = optionally(
  {
    best: described(
      'Of a union of several families: the one with the highest mean, and gold reward of the union minus ' +
        'it; below 0 where what chooses prefers worse ones.',
      object({ family: text, difference: figure }),
    ),
  },
  object({
    name: text,
    kind: described("'union' or 'family'.", text),
    paradigm: nullable(paradigm),
    device: text,
    families: described('Of a union: its families.', array(text)),
    configurations: count,
    largestKl: described('Of its configurations on validation prompts, mean over seeds.', maybeNumber),
    mean: described('Gold reward above the start, mean over budgets 0 to K; test prompts.', maybeFigure),
    points: described(
      'By rising budget; the first is the start.',
      array(
        object({
          budget: described('Nats per sequence.', number),
          declared: described(
            'Whether it is one of `comparison.budgets`, rather than a point of a curve.',
            boolean,
          ),
          value: described('Gold reward on test prompts.', figure),
          gain: described('The same above the start.', maybeFigure),
          winRate: described('Against the start, independent draws.', maybeFigure),
          score: described('Of the mixture on validation prompts, by what chose it.', maybeFigure),
          kl: described('Nats that the mixture uses on test prompts, at most (KL is convex).', maybeFigure),
        }),
      ),
    ),
    missing: described('Why there are no points.', array(text)),
  }),
);
export type FrontierRow = Static<typeof frontierRow>;

/** The question of the page: RL against offline. */
export const answer = optionally(
  {
    ownLabels: described(
      'The primary figure where families whose pairs a learned reward labelled are not counted as offline.',
      object({ families: array(text), comparison }),
    ),
  },
  object({
    sentence: described('The answer, in one sentence.', text),
    details: described(
      'What the sentence rests on, and what stands beside it, a sentence each.',
      array(text),
    ),
    by: described("What chose: 'chooser', 'proxy' or 'pairs'.", text),
    budget: described(
      'K: the largest budget of the primary figure, nats; null where there is no figure.',
      maybeNumber,
    ),
    margin: described('Half a width, in gold reward, within which two match.', maybeNumber),
    primary: nullable(comparison),
    costRatio: described(
      'Cost of what the RL union uses over that of the offline union, FLOPs.',
      maybeFigure,
    ),
    secondary: object({
      open: described(
        'Whether the primary hypothesis was decided, so that these may be read as tests.',
        boolean,
      ),
      moderated: described('Degrees of freedom of the moderated variances; null: plain t.', maybeNumber),
      comparisons: array(comparison),
    }),
    sensitivity: described(
      'The primary figure where something else chooses.',
      array(object({ by: text, comparison: nullable(comparison), reason: nullable(text) })),
    ),
  }),
);
export type Answer = Static<typeof answer>;

/** Two unions or families by what a budget of compute buys. */
export const computeComparison = object({
  a: text,
  b: text,
  budgets: described(
    'By rising cost; null: not trainable within it in every seed.',
    array(
      object({
        flops: number,
        a: maybeFigure,
        b: maybeFigure,
        difference: maybeFigure,
      }),
    ),
  ),
  crossover: described(
    'Of the dearer one: the last budget at which it is not ahead in the mean, and the first from which on ' +
      'it is; null: before the first, or beyond the last.',
    nullable(object({ dearer: text, after: maybeNumber, from: maybeNumber })),
  ),
});
export type ComputeComparison = Static<typeof computeComparison>;

/** A sampler pays at every answer: after how many a trained family is cheaper. */
export const breakEvenRow = object({
  sampler: text,
  trained: text,
  perAnswer: described('FLOPs of one answer of the sampler.', number),
  perTrainedAnswer: number,
  training: described('FLOPs before the first answer, above those of the sampler.', number),
  answers: described('Null: an answer of the sampler is no dearer.', maybeNumber),
});
export type BreakEvenRow = Static<typeof breakEvenRow>;

/** What parts the rungs of the ladder, at one budget. */
export const ladder = object({
  budget: described('Values are means over KL budgets from 0 to this, nats.', number),
  rungs: array(
    object({
      rung: described("'offline', 'relabelled', 'on-policy', 'rl', 'optimum' or 'truth'.", text),
      family: described('Null: the truth is the start tilted by the gold reward itself.', nullable(text)),
      value: described('Gold reward above the start.', maybeFigure),
    }),
  ),
  steps: array(object({ from: text, to: text, what: text, difference: maybeFigure })),
  whole: described('From the first rung to the last: the sum of the steps.', maybeFigure),
  aboutTruth: described(
    'How the truth was resampled, or why it does not stand above the optimum; null where it is exact.',
    nullable(text),
  ),
});
export type Ladder = Static<typeof ladder>;

/** What was chosen of a family's grid, and whether the grid was wide enough. */
export const gridRow = object({
  family: text,
  configurations: count,
  parameters: described(
    'Swept numbers that have a role, with where the chosen configurations lie.',
    array(
      object({
        name: text,
        role: nullable(text),
        values: array(number),
        chosen: described(
          'By seed, of the configuration that weighs most.',
          array(object({ seed: integer, value: number })),
        ),
        edge: described(
          'The end of the grid on which half the seeds or more chose, and a value to add beyond it; ' +
            '`freest`: it is the strength of a sampler where it holds back least, which scores best until ' +
            'the reward misleads.',
          nullable(object({ side: text, value: number, seeds: count, add: number, freest: boolean })),
        ),
      }),
    ),
  ),
  unspent: described('Whether its largest KL is under half the budget K.', boolean),
  tuningFlops: described('Training of every configuration, rewards included.', maybeFigure),
});
export type GridRow = Static<typeof gridRow>;

/** How a learned reward ranks what policies wrote themselves. */
export const rewardOnPolicy = optionally(
  {
    entropy: described('Of the policy, nats per sequence.', maybeFigure),
    distinct2: described('Share of different pairs of neighbouring tokens.', maybeFigure),
  },
  object({
    name: described('A configuration, or the start.', text),
    kl: maybeFigure,
    accuracy: described(
      'Share of pairs of samples of one prompt that proxy and gold rank alike; ties of either left out.',
      maybeFigure,
    ),
    disagreement: described('The same of proxy and chooser: share ranked differently.', maybeFigure),
    length: maybeFigure,
  }),
);
export type RewardOnPolicy = Static<typeof rewardOnPolicy>;
