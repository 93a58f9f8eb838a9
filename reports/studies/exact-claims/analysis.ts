import type { Analysis } from '../../../harness/contracts/analysis.js';
import { collapse } from './collapse.js';
import { coverage } from './coverage.js';
import { equivalence } from './equivalence.js';
import { finiteLabels } from './finite-labels.js';
import { clampedDifference, rankAdvantages } from './large-rewards.js';
import { penaltyBias, penaltyNotRl, penaltyRestores } from './penalty.js';
import { squaredControl, squaredPays } from './squared.js';

/**
 * Claims about preference optimisation that a bandit decides exactly: population losses minimised in float64,
 * no sampling unless the claim is about it. Names: BT the Bradley-Terry reward model, DPO and IPO the losses
 * of arXiv:2305.18290 and arXiv:2310.12036; `two-stage` is BT, then the exact KL-regularised optimum.
 */
export default {
  parts: [
    { id: 'F1', run: (rng) => [equivalence(rng)] },
    { id: 'F2', run: (rng) => [coverage(rng)] },
    { id: 'F3', run: () => [collapse()] },
    { id: 'F5', run: (rng) => [finiteLabels(rng)] },
    { id: 'F6', run: (rng) => [squaredControl(rng)] },
    { id: 'F7', run: () => [penaltyRestores()] },
    { id: 'F8', run: (rng) => [penaltyNotRl(rng)] },
    { id: 'F9', run: (rng) => [penaltyBias(rng)] },
    { id: 'F10', run: (rng) => [squaredPays(rng)] },
    { id: 'F20', run: (rng) => [clampedDifference(rng), rankAdvantages(rng)] },
  ],
} satisfies Analysis;
