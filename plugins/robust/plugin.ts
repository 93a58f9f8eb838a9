import { betaProperty, type PairParams, pairPlugin } from '../shared/pair-plugin.js';
import { robustLoss } from './loss.js';

export interface RobustParams extends PairParams {
  readonly labelSmoothing: number;
}

/** Robust DPO: unbiased under flipped labels (loss.ts). */
export default pairPlugin<RobustParams>({
  name: 'robust',
  summary: 'Robust DPO: unbiased under flipped labels',
  paper: { url: 'https://arxiv.org/abs/2403.00409', equations: ['the rDPO loss'] },
  golden: [{ lossType: 'robust', params: { labelSmoothing: 0.1 } }],
  properties: {
    beta: betaProperty(),
    labelSmoothing: { type: 'number', minimum: 0, exclusiveMaximum: 0.5, default: 0.1, description: 'ε: assumed probability that a label is flipped' },
  },
  loss: (x, { beta, labelSmoothing }) => robustLoss(x, beta, labelSmoothing),
  lossAtStart: () => Math.LN2,
});
