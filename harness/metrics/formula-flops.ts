import type { ExternalLedger, ExternalPhase } from '../contracts/external.js';

/**
 * Operations of a training that nobody counted: 2 N a token that a model of N parameters reads or draws, and
 * 6 N where gradients are taken too (Kaplan et al. 2020, https://arxiv.org/abs/2001.08361, section 2.1).
 * Attention over a context is not in it, embeddings count as if they were multiplied.
 * @param parameters of the model that is trained, which is as large as its reference
 * @param rewardParameters of the reward that scores, 0 without
 */
export function formulaFlops(
  { trained, generated, forward, scored }: ExternalLedger['tokens'],
  parameters: number,
  rewardParameters: number,
): Record<ExternalPhase, number> {
  return {
    rollout: 2 * parameters * generated,
    score: 2 * rewardParameters * scored,
    forward: 2 * parameters * forward,
    update: 6 * parameters * trained,
  };
}
