import { ops, type Tensor } from '../../harness/index.js';

/** Log-probabilities of a batch of pairs, log π(y|x) in nats, each [B]. */
export interface PairLogps {
  /** log π_θ(y_w|x) */
  readonly policyChosen: Tensor;
  /** log π_θ(y_l|x) */
  readonly policyRejected: Tensor;
  /** log π_ref(y_w|x) */
  readonly referenceChosen: Tensor;
  /** log π_ref(y_l|x) */
  readonly referenceRejected: Tensor;
}

/** A batch of pairs as a loss sees it: sums of log-probabilities and lengths in tokens, [B] each. */
export interface PairExample extends PairLogps {
  readonly lengthChosen: Tensor;
  readonly lengthRejected: Tensor;
}

/** What a loss on pairs is fed: B chosen rows stacked on B rejected rows, and log π_ref of each row, [2B]. */
export const pairFeeds = { tokens: 'tokens', refLogps: 'tensor' } as const;

/** Splits stacked log-probabilities [2B] of the policy and of the reference. */
export function splitPairs(policyLogps: Tensor, referenceLogps: Tensor): PairLogps {
  const [policyChosen, policyRejected] = ops.halves(policyLogps); //             [B], [B]
  const [referenceChosen, referenceRejected] = ops.halves(referenceLogps); //    [B], [B]
  return { policyChosen, policyRejected, referenceChosen, referenceRejected };
}

/**
 * TRL's metrics of an implicit reward β (log π_θ − log π_ref), batch means; log-probabilities are completion
 * sums. A tie counts as wrong in `rewards/accuracies`, as in TRL.
 */
export function pairMetrics(x: PairLogps, beta: number): Record<string, Tensor> {
  const chosen = ops.mul(ops.sub(x.policyChosen, x.referenceChosen), beta); //          [B]
  const rejected = ops.mul(ops.sub(x.policyRejected, x.referenceRejected), beta); //    [B]
  return {
    ...rewardMetrics(chosen, rejected),
    'logps/chosen': ops.mean(x.policyChosen),
    'logps/rejected': ops.mean(x.policyRejected),
  };
}

/** Batch means over rewards [B] of the chosen and the rejected side. */
export const rewardMetrics = (chosen: Tensor, rejected: Tensor): Record<string, Tensor> => ({
  'rewards/chosen': ops.mean(chosen),
  'rewards/rejected': ops.mean(rejected),
  'rewards/margins': ops.mean(ops.sub(chosen, rejected)),
  'rewards/accuracies': ops.mean(ops.greater(chosen, rejected)),
});
