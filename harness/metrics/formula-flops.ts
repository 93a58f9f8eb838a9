import type { ExternalPhase } from '../contracts/external.js';

/**
 * Operations of a training that nobody counted: 2 N for a token that a model of N parameters reads or draws,
 * and 6 N where gradients are taken too (Kaplan et al. 2020, https://arxiv.org/abs/2001.08361, section 2.1).
 * Attention over a context is not in it, and embeddings count as if they were multiplied.
 * @param read tokens that models read in each phase
 * @param parameters of the model that is trained, which is as large as its reference
 * @param rewardParameters of the reward that scores, 0 without
 */
export const formulaFlops = (
  read: Readonly<Record<ExternalPhase, number>>,
  parameters: number,
  rewardParameters: number,
): Record<ExternalPhase, number> => ({
  rollout: 2 * parameters * read.rollout,
  score: 2 * rewardParameters * read.score,
  forward: 2 * parameters * read.forward,
  update: 6 * parameters * read.update,
});
